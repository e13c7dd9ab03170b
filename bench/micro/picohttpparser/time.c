/* Times picohttpparser on the request heads of a file. Prints nanoseconds per head, and the checksum
 * of one pass over all heads: for each the number of fields times 1000, plus the target's length.
 * Usage: time FILE MILLISECONDS */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "picohttpparser.h"

#define HEADS_MAX 64
#define FIELDS_MAX 128
#define PASSES 64

static double now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e9 + at.tv_nsec;
}

static int parse(const char *head, size_t length, long *checksum) {
  const char *method, *path;
  size_t method_length, path_length, fields = FIELDS_MAX;
  struct phr_header headers[FIELDS_MAX];
  int minor;
  int end = phr_parse_request(head, length, &method, &method_length, &path, &path_length, &minor, headers, &fields, 0);
  *checksum += (long)fields * 1000 + (long)path_length;
  return end;
}

int main(int argc, char **argv) {
  static char bytes[1 << 20];
  const char *heads[HEADS_MAX];
  size_t lengths[HEADS_MAX];
  int count = 0;
  long once = 0, sum = 0, passes = 0;
  FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) return 2;
  size_t total = fread(bytes, 1, sizeof bytes, file);
  for (size_t at = 0; at < total && count < HEADS_MAX; count++) {
    int length = parse(bytes + at, total - at, &once);
    if (length <= 0) return 1;
    heads[count] = bytes + at;
    lengths[count] = (size_t)length;
    at += (size_t)length;
  }
  double start = now_ns(), end = start + atof(argv[2]) * 1e6, now = start;
  for (; now < end; now = now_ns(), passes += PASSES)
    for (int pass = 0; pass < PASSES; pass++)
      for (int i = 0; i < count; i++)
        if (parse(heads[i], lengths[i], &sum) != (int)lengths[i]) return 1;
  if (passes == 0 || sum != once * passes) return 1;
  printf("%f %ld\n", (now - start) / passes / count, once);
  return 0;
}
