/* Loaded into the server: writes to the files of one database fail while a switch is on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* The error that a write to this file gets; 0 for none. The switch is a file whose text is the number. */
static int failure(int fd) {
    const char *database = getenv("FAILING_DATABASE"), *named = getenv("FAILING_SWITCH");
    char link[64], path[4096], text[16] = "";
    if (!database || !named) return 0;
    int file = open(named, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, database, strlen(database)) ? 0 : atoi(text);
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    int error = failure(fd);
    if (error) { errno = error; return -1; }
    return REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
    int error = failure(fd);
    if (error) { errno = error; return -1; }
    return REAL(ssize_t, pwrite, int, const void *, size_t, off_t)(fd, bytes, n, at);
}

int fsync(int fd) {
    int error = failure(fd);
    if (error) { errno = error; return -1; }
    return REAL(int, fsync, int)(fd);
}

int fdatasync(int fd) {
    int error = failure(fd);
    if (error) { errno = error; return -1; }
    return REAL(int, fdatasync, int)(fd);
}
