/* What this machine can do at most, told to bench/compare. Reads requests from standard input, one a line,
   and answers each with one number a line:

     fma THREADS            multiplications and additions of f32, GFLOP/s
     read THREADS BYTES     reading BYTES again and again, GB/s
     stream THREADS BYTES   reading one half of BYTES and writing the other past the caches, GB/s

   Compile with -O2 -march=native -pthread. With the argument `cpu` a request of one thread counts processor
   time, not time. A request takes about 50 ms: it is asked between the rounds of a comparison, so that clock
   and neighbours are those of the figures beside it. */
#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { most_threads = 64 };

/* As many independent sums as hide the latency of two units: 24 of 512 bits, 12 where there are 16 registers.
 */
#define FIRST_SUMS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#ifdef __AVX512F__
typedef __m512 vector;
#define FMA _mm512_fmadd_ps
#define ADD _mm512_add_ps
#define SET _mm512_set1_ps
#define LOAD _mm512_load_ps
#define STREAM _mm512_stream_ps
#define SUMS(X) FIRST_SUMS(X) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)
#else
typedef __m256 vector;
#define FMA _mm256_fmadd_ps
#define ADD _mm256_add_ps
#define SET _mm256_set1_ps
#define LOAD _mm256_load_ps
#define STREAM _mm256_stream_ps
#define SUMS(X) FIRST_SUMS(X)
#endif
enum { lanes = sizeof(vector) / sizeof(float) };
#define ONE(i) +1
enum { sums = 0 SUMS(ONE) };

struct job {
  double (*measure)(struct job*);
  float* memory;
  long count; /* of floats */
  double work, begin, end;
  pthread_barrier_t* barrier;
};

static volatile float sink;

static clockid_t clock_of_request = CLOCK_MONOTONIC;

static double now(void) {
  struct timespec t;
  clock_gettime(clock_of_request, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const double least_seconds = 0.05;

/* FLOPs done in at least `least_seconds`. */
static double fma_work(struct job* job) {
  vector x = SET(1e-9f), y = SET(1e-9f);
#define DECLARE(i) vector sum##i = SET(i); /* equal ones would be one */
  SUMS(DECLARE)
  double work = 0;
  while (now() - job->begin < least_seconds) {
    for (int round = 0; round < 20000; ++round) {
#define STEP(i) sum##i = FMA(x, y, sum##i);
      SUMS(STEP)
      __asm__ volatile("" : "+v"(x), "+v"(y));
    }
    work += 20000.0 * sums * lanes * 2;
  }
#define TOTAL(i) x = ADD(x, sum##i);
  SUMS(TOTAL)
  sink = x[0];
  return work;
}

/* So many that looking at the clock costs nothing beside them. */
static long passes(long floats) { return 1 + (1 << 20) / floats; }

static double read_work(struct job* job) {
  vector sum[8];
  for (int i = 0; i < 8; ++i) sum[i] = SET(0);
  double work = 0;
  do {
    for (long pass = passes(job->count); pass > 0; --pass) {
      for (long at = 0; at + 8 * lanes <= job->count; at += 8 * lanes)
        for (int i = 0; i < 8; ++i) sum[i] = ADD(sum[i], LOAD(job->memory + at + i * lanes));
      work += 4.0 * (double)job->count;
    }
  } while (now() - job->begin < least_seconds);
  for (int i = 1; i < 8; ++i) sum[0] = ADD(sum[0], sum[i]);
  sink = sum[0][0];
  return work;
}

static double stream_work(struct job* job) {
  const long half = job->count / 2 / (4 * lanes) * (4 * lanes);
  double work = 0;
  do {
    for (long at = 0; at < half; at += 4 * lanes)
      for (int i = 0; i < 4; ++i)
        STREAM(job->memory + half + at + i * lanes, LOAD(job->memory + at + i * lanes));
    work += 8.0 * (double)half;
  } while (now() - job->begin < least_seconds);
  return work;
}

static void* run(void* argument) {
  struct job* job = argument;
  pthread_barrier_wait(job->barrier);
  job->begin = now();
  job->work = job->measure(job);
  job->end = now();
  return NULL;
}

/* Work of all threads over the time from the first start to the last end. */
static double rate(double (*measure)(struct job*), int threads, float* memory, long count) {
  struct job jobs[most_threads];
  pthread_t handles[most_threads];
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, (unsigned)threads);
  const long share = count / threads / (8 * lanes) * (8 * lanes);
  for (int i = 0; i < threads; ++i) {
    jobs[i] =
        (struct job){.measure = measure, .memory = memory + i * share, .count = share, .barrier = &barrier};
    if (pthread_create(&handles[i], NULL, run, &jobs[i]) != 0) exit(1);
  }
  double work = 0, begin = 1e300, end = 0;
  for (int i = 0; i < threads; ++i) {
    pthread_join(handles[i], NULL);
    work += jobs[i].work;
    if (jobs[i].begin < begin) begin = jobs[i].begin;
    if (jobs[i].end > end) end = jobs[i].end;
  }
  return work / (end - begin) / 1e9;
}

static float* pages(size_t bytes) {
  float* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(1);
  madvise(memory, bytes, MADV_HUGEPAGE);
  memset(memory, 0, bytes);
  return memory;
}

int main(int count, char** arguments) {
  const int by_processor = count > 1 && strcmp(arguments[1], "cpu") == 0;
  char line[128], what[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    int threads = 0;
    long bytes = 0;
    if (sscanf(line, "%15s %d %ld", what, &threads, &bytes) < 2 || threads < 1 || threads > most_threads)
      return 1;
    clock_of_request = by_processor && threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    double found = 0;
    if (strcmp(what, "fma") == 0) {
      found = rate(fma_work, threads, NULL, 0);
    } else if (bytes >= 1024) {
      float* memory = pages((size_t)bytes);
      found = rate(strcmp(what, "read") == 0 ? read_work : stream_work, threads, memory, bytes / 4);
      munmap(memory, (size_t)bytes);
    }
    printf("%.3f\n", found);
    fflush(stdout);
  }
  return 0;
}
