// Clients that read slowly, over connections with the segment size of a real network: each requests
// a file, and then reads a little of it ten times a second, until stdin ends. It prints a line when
// every connection has the begin of its response.
// Usage: slow-readers PORT PATH CONNECTIONS SEGMENT-BYTES CONTENT-BYTES
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 16384, PIECE_BYTES = 2048, PAUSE_MS = 100 };

static int sockets[CONNECTIONS_MAX];
static char in[PIECE_BYTES + 1], request[1024];

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected");
  return 1;
}

/** Whether the head at the beginning of a response is a 200 with this Content-Length. */
static int is_expected(ssize_t got, unsigned long content_bytes) {
  if (got <= 0) return 0;
  in[got] = 0;
  char *field = strcasestr(in, "\r\ncontent-length:");
  return strncmp(in, "HTTP/1.1 200", 12) == 0 && field && strtoul(field + 17, 0, 10) == content_bytes;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  int count = atoi(argv[3]), segment = atoi(argv[4]);
  unsigned long content_bytes = strtoul(argv[5], 0, 10);
  if (count < 1 || count > CONNECTIONS_MAX) return 2;
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", argv[2], argv[1]);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < count; i++) {
    sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (sockets[i] < 0 || setsockopt(sockets[i], IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment)) return fail("socket");
    if (connect(sockets[i], (struct sockaddr *)&at, sizeof at)) return fail("connect");
    if (write(sockets[i], request, (size_t)length) != length) return fail("write");
  }
  for (int i = 0; i < count; i++)
    if (!is_expected(read(sockets[i], in, PIECE_BYTES), content_bytes)) return fail("not the expected response");
  puts("all have the begin of a response");
  fflush(stdout);

  struct pollfd input = {.fd = 0, .events = POLLIN};
  while (poll(&input, 1, PAUSE_MS) == 0)
    for (int i = 0; i < count; i++) {
      ssize_t got = recv(sockets[i], in, PIECE_BYTES, MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return fail("closed by the server");
    }
  return 0;
}
