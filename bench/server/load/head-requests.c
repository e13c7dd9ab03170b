// A closed-loop load generator for HEAD, which wrk cannot do: wrk would wait for the content that
// Content-Length announces. Each connection sends its next request as soon as it has the response.
// It prints the line of JSON that load.lua prints; latencies are as measured, not corrected.
// Usage: head-requests PORT LIST-FILE CONNECTIONS SECONDS
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, EVENTS = 512, READ_BYTES = 65536, LATENCY_US_MAX = 2000000, REQUESTS_MAX = 32768 };

struct connection {
  int fd;
  long long sent_ns;
  unsigned last;  // the last four bytes of the response so far
};

static struct connection connections[CONNECTIONS_MAX];
static unsigned counts[LATENCY_US_MAX + 1];
static char in[READ_BYTES], *requests[REQUESTS_MAX];
static unsigned request_count, draw = 0x9e3779b9;

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected");
  return 1;
}

static int send_random(struct connection *one) {
  draw ^= draw << 13, draw ^= draw >> 17, draw ^= draw << 5;
  char *request = requests[draw % request_count];
  size_t length = strlen(request);
  one->last = 0;
  one->sent_ns = now_ns();
  return write(one->fd, request, length) == (ssize_t)length;
}

static unsigned percentile(unsigned long long total, double share) {
  unsigned long long rank = (unsigned long long)(share * (double)total), seen = 0;
  for (unsigned us = 0; us <= LATENCY_US_MAX; us++)
    if ((seen += counts[us]) > rank) return us;
  return LATENCY_US_MAX;
}

static int read_list(const char *name, const char *port) {
  FILE *file = fopen(name, "r");
  char path[1024], request[2048];
  while (file && request_count < REQUESTS_MAX && fscanf(file, "%1023s", path) == 1) {
    snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", path, port);
    requests[request_count++] = strdup(request);
  }
  return file && fclose(file) == 0 && request_count > 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int count = atoi(argv[3]), poll = epoll_create1(0), on = 1;
  double seconds = atof(argv[4]);
  if (count < 1 || count > CONNECTIONS_MAX || seconds <= 0) return 2;
  if (!read_list(argv[2], argv[1])) return fail(argv[2]);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < count; i++) {
    struct connection *one = &connections[i];
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)&at, sizeof at)) return fail("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, one->fd, &event);
  }

  unsigned long long responses = 0, bytes = 0, errors = 0;
  long long begun = now_ns(), end = begun + (long long)(seconds * 1e9), now = begun;
  for (int i = 0; i < count; i++)
    if (!send_random(&connections[i])) return fail("write");
  while (now < end) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll, events, EVENTS, 100);
    for (int i = 0; i < ready; i++) {
      struct connection *one = &connections[events[i].data.u32];
      ssize_t got = read(one->fd, in, sizeof in);
      if (got <= 0) return fail("closed by the server");
      if (one->last == 0 && (got < 12 || strncmp(in, "HTTP/1.1 200", 12))) errors++;
      bytes += (unsigned long long)got;
      for (ssize_t at = got < 4 ? 0 : got - 4; at < got; at++) one->last = one->last << 8 | (unsigned char)in[at];
      if (one->last != 0x0d0a0d0a) continue;
      long long us = (now_ns() - one->sent_ns) / 1000;
      counts[us > LATENCY_US_MAX ? LATENCY_US_MAX : us]++;
      responses++;
      if (!send_random(one)) return fail("write");
    }
    now = now_ns();
  }
  printf("REPORT {\"requests\":%llu,\"bytes\":%llu,\"us\":%lld,\"p50\":%u,\"p99\":%u,\"p999\":%u,\"errorResponses\":%llu,\"socketErrors\":0}\n",
         responses, bytes, (now - begun) / 1000, percentile(responses, .5), percentile(responses, .99), percentile(responses, .999), errors);
  return 0;
}
