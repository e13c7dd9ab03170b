// An open-loop load generator: sends requests at a fixed rate, whether or not responses arrive, and
// measures latency from when a request was due. A client that waits for each response sends fewer
// requests to a server that stalls, and so hides the stall (coordinated omission).
// Usage: fixed-rate PORT PATH CONNECTIONS RATE SECONDS
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, EVENTS = 512, READ_BYTES = 65536, LATENCY_US_MAX = 2000000 };

struct connection {
  int fd;
  long long due_ns;   // when the pending request was due; 0 if there is none
  long long next;     // index of its next request: the connection's number, then every CONNECTIONS
  size_t received;    // bytes of the response so far
};

static struct connection connections[CONNECTIONS_MAX];
static unsigned counts[LATENCY_US_MAX + 1];
static char in[READ_BYTES], request[1024];

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected");
  return 1;
}

/** Sends one request and returns the length of its response; all responses are alike.
    Returns 0 if the response is not a 200 with a Content-Length. */
static size_t response_length(int fd, size_t request_length) {
  if (write(fd, request, request_length) != (ssize_t)request_length) return 0;
  size_t length = 0, whole = 0;
  while (whole == 0 || length < whole) {
    ssize_t got = read(fd, in + length, sizeof in - 1 - length);
    if (got <= 0) return 0;
    length += (size_t)got;
    in[length] = 0;
    char *end = strstr(in, "\r\n\r\n"), *field = strcasestr(in, "\r\ncontent-length:");
    if (end && strncmp(in, "HTTP/1.1 200", 12)) return 0;
    if (end && (!field || field > end)) return 0;
    if (end) whole = (size_t)(end - in) + 4 + strtoul(field + 17, 0, 10);
    if (whole >= sizeof in) return 0;
  }
  return whole;
}

static double percentile(unsigned long long total, double share) {
  unsigned long long rank = (unsigned long long)(share * (double)total), seen = 0;
  for (int us = 0; us <= LATENCY_US_MAX; us++)
    if ((seen += counts[us]) > rank) return us;
  return LATENCY_US_MAX;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  int count = atoi(argv[3]), poll = epoll_create1(0), on = 1;
  double rate = atof(argv[4]), seconds = atof(argv[5]);
  if (count < 1 || count > CONNECTIONS_MAX || rate <= 0) return 2;
  size_t request_length = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", argv[2], argv[1]);
  if (request_length >= sizeof request) return 2;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  size_t whole = 0;
  for (int i = 0; i < count; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at)) return fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (i == 0 && (whole = response_length(fd, request_length)) == 0) return fail("no 200 with a Content-Length");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    connections[i] = (struct connection){.fd = fd, .next = i};
    struct epoll_event one = {.events = EPOLLIN, .data.u32 = (unsigned)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &one);
  }

  long long requests = (long long)(rate * seconds), responses = 0, begun = now_ns() + 1000000, now;
  // Responses that are missing a second after the end are not waited for; they count as the maximum.
  long long give_up = begun + (long long)((seconds + 1) * 1e9), due = 0;
  double step = 1e9 / rate;
  while (responses < requests && (now = now_ns()) < give_up) {
    // Each request has a due time. If its connection is busy, it is sent after the pending response,
    // and its latency includes that delay.
    for (; due < requests && begun + (long long)((double)due * step) <= now; due++) {
      struct connection *one = &connections[due % count];
      if (one->due_ns) continue;
      one->due_ns = begun + (long long)((double)one->next * step);
      if (write(one->fd, request, request_length) != (ssize_t)request_length) return fail("write");
    }
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll, events, EVENTS, 0);
    for (int i = 0; i < ready; i++) {
      struct connection *one = &connections[events[i].data.u32];
      ssize_t got = read(one->fd, in, sizeof in);
      if (got <= 0 && !(got < 0 && errno == EAGAIN)) return fail("closed by the server");
      if (got > 0) one->received += (size_t)got;
      if (one->received < whole || !one->due_ns) continue;
      long long end = now_ns(), us = (end - one->due_ns) / 1000;
      counts[us > LATENCY_US_MAX ? LATENCY_US_MAX : us]++;
      responses++;
      one->received = 0;
      one->due_ns = 0;
      one->next += count;
      if (one->next >= due) continue;
      one->due_ns = begun + (long long)((double)one->next * step);
      if (write(one->fd, request, request_length) != (ssize_t)request_length) return fail("write");
    }
  }
  double took = (double)(now_ns() - begun) / 1e9;
  for (long long i = responses; i < requests; i++) counts[LATENCY_US_MAX]++;
  printf("{\"requests\":%lld,\"responses\":%lld,\"seconds\":%.3f,\"p50\":%.0f,\"p99\":%.0f,\"p999\":%.0f}\n", requests, responses, took,
         percentile((unsigned long long)requests, .5), percentile((unsigned long long)requests, .99), percentile((unsigned long long)requests, .999));
  return 0;
}
