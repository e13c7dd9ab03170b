// The floor: reads once and writes a fixed response, without parsing the request. It shows what the
// kernel's part of a request costs. Usage: floor PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BODY_BYTES = 1024, EVENTS = 512, READ_BYTES = 65536 };

static char response[2048], in[READ_BYTES];

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int head = sprintf(response,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/plain;charset=utf-8\r\nETag: \"0123456789abcdef\"\r\n"
                     "Last-Modified: Thu, 29 Feb 2024 12:00:00 GMT\r\nDate: Thu, 29 Feb 2024 12:00:00 GMT\r\nContent-Length: %d\r\n\r\n",
                     BODY_BYTES);
  memset(response + head, 'x', BODY_BYTES);
  size_t length = (size_t)head + BODY_BYTES;

  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) return perror("listen"), 1;

  int poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event one = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &one);
  for (;;) {
    int count = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        for (int socket; (socket = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
          setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          one.data.fd = socket;
          epoll_ctl(poll, EPOLL_CTL_ADD, socket, &one);
        }
      } else if (read(fd, in, sizeof in) <= 0 || write(fd, response, length) != (ssize_t)length) {
        close(fd);
      }
    }
  }
}
