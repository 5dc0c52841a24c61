/* Loaded into a service with LD_PRELOAD: fsync and fdatasync fail with EIO while the file TEST_SYNC_FAULT exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int failing(void) {
  const char *path = getenv("TEST_SYNC_FAULT");
  return path != NULL && access(path, F_OK) == 0;
}

static int call(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (failing()) {
    errno = EIO;
    return -1;
  }
  return real(fd);
}

int fsync(int fd) { return call("fsync", fd); }
int fdatasync(int fd) { return call("fdatasync", fd); }
