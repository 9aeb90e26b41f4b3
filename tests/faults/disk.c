/*
 * A disk that fails as it is told, between a server and the files of its data directory.
 *
 * Loaded into the server by LD_PRELOAD. It stands before the calls of libc that change files, and acts on files only
 * whose path begins with RAPPORT_DISK_SCOPE. It does two things:
 *
 * 1. It keeps a journal, in RAPPORT_DISK_STATE, of what was written to a file since it was last forced to disk: old and
 *    new bytes. From it the harness makes what a disk may hold after the power went away. `names` does the same for
 *    files that came and went.
 * 2. It strikes. RAPPORT_DISK_PLAN says where, as words: `call=sync file=log.db-wal nth=7 do=kill-before`.
 *    call: write, sync, truncate, unlink or read. file: a pattern of fnmatch(3), of the path inside the data directory.
 *    nth: which such call, counted from 1. times: how many from there on, 0 for ever. after=ready: count from the moment
 *    when the server says that it is ready. at: only writes at this offset. do: kill-before, kill-after, kill-torn (half
 *    of the bytes are written), eio, enospc, short (half of the bytes, and no space from there on). Every strike adds a
 *    line to the file `struck`.
 *
 * Nothing is forced to the real disk: for a power cut that is simulated the journal is enough. With RAPPORT_DISK_LIES
 * set, forcing is reported as done and is not.
 *
 * A forced write that fails is gone, as on Linux: the pages count as clean, and forcing the file again reports success
 * without writing them. Every other descriptor of the file is told once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, FILES = 4096, DESCRIPTORS = 65536, WORD = 256, SYNC_MICROS = 150 };
enum action { NOTHING, KILL_BEFORE, KILL_AFTER, KILL_TORN, FAIL_EIO, FAIL_FULL, FAIL_SHORT };

/* A record of a journal: this head, the new bytes, the old bytes. Read by tests/src/crash/journal.rs. */
struct record {
    uint32_t magic;
    uint32_t kind; /* W written, T truncated, S forced to disk, F forcing failed */
    uint64_t offset, new_bytes, old_bytes, size_before;
};
enum { MAGIC = 0x314a4452 };

/* A file that is followed, by inode. */
struct tracked {
    ino_t inode;
    int journal;
    int lost;       /* a forced write failed once: the journal keeps everything from then on */
    int named;      /* forced to disk at least once in this process */
    unsigned epoch; /* failures to force it */
    pthread_mutex_t lock;
};

static char scope[PATH_BYTES], state[PATH_BYTES];
static int lies, ready;
static struct { char call[WORD], file[WORD]; long nth, times, seen, at; int after_ready, action; } plan;
static struct tracked files[FILES];
static unsigned told[DESCRIPTORS]; /* the epoch that a descriptor knows of */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long number(const char *name, long otherwise) {
    const char *found = strstr(getenv("RAPPORT_DISK_PLAN") ? getenv("RAPPORT_DISK_PLAN") : "", name);
    return found ? strtol(found + strlen(name), NULL, 10) : otherwise;
}

static void word(const char *name, char *into) {
    const char *found = strstr(getenv("RAPPORT_DISK_PLAN") ? getenv("RAPPORT_DISK_PLAN") : "", name);
    if (found) sscanf(found + strlen(name), "%255s", into);
}

__attribute__((constructor)) static void begin(void) {
    static const char *actions[] = {"", "kill-before", "kill-after", "kill-torn", "eio", "enospc", "short"};
    char action[WORD] = "", after[WORD] = "";
    snprintf(scope, sizeof scope, "%s", getenv("RAPPORT_DISK_SCOPE") ? getenv("RAPPORT_DISK_SCOPE") : "");
    snprintf(state, sizeof state, "%s", getenv("RAPPORT_DISK_STATE") ? getenv("RAPPORT_DISK_STATE") : "");
    lies = getenv("RAPPORT_DISK_LIES") != NULL;
    word("call=", plan.call);
    word("file=", plan.file);
    word("do=", action);
    word("after=", after);
    plan.nth = number("nth=", 1);
    plan.times = number("times=", 1);
    plan.at = number("at=", -1);
    plan.after_ready = strcmp(after, "ready") == 0;
    for (int i = KILL_BEFORE; i <= FAIL_SHORT; i++)
        if (strcmp(action, actions[i]) == 0) plan.action = i;
}

/* The path inside the data directory; NULL for a file that is none of ours. */
static const char *inside(const char *path) {
    size_t length = strlen(scope), all = strlen(path);
    if (length == 0 || strncmp(path, scope, length) != 0) return NULL;
    /* What is shared between connections is memory, not disk; who holds the directory dies with the process. */
    if (all > 4 && strcmp(path + all - 4, "-shm") == 0) return NULL;
    path += length;
    if (*path == '/') path++;
    return strcmp(path, "lock") == 0 || strstr(path, ".ready") ? NULL : path;
}

static const char *name_of(int fd, char *path, struct stat *about) {
    char link[64];
    if (scope[0] == 0 || fd < 0 || fd >= DESCRIPTORS || fstat(fd, about) != 0) return NULL;
    if (!S_ISREG(about->st_mode) && !S_ISDIR(about->st_mode)) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_BYTES - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    return inside(path);
}

static void append_line(const char *file, const char *line) {
    char path[PATH_BYTES + 16];
    snprintf(path, sizeof path, "%s/%s", state, file);
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) abort();
    if (syscall(SYS_write, fd, line, strlen(line)) < 0) abort();
    syscall(SYS_close, fd);
}

static void note(const char *what, unsigned long inode, const char *path) {
    char line[PATH_BYTES + 64];
    snprintf(line, sizeof line, "%s %lu %s\n", what, inode, path);
    append_line("names", line);
}

static struct tracked *track(ino_t inode) {
    char path[PATH_BYTES + 64];
    pthread_mutex_lock(&lock);
    struct tracked *file = &files[inode % FILES];
    while (file->inode != 0 && file->inode != inode) file = file == &files[FILES - 1] ? files : file + 1;
    if (file->inode == 0) {
        snprintf(path, sizeof path, "%s/%lu.lost", state, (unsigned long)inode);
        file->lost = access(path, F_OK) == 0;
        snprintf(path, sizeof path, "%s/%lu.journal", state, (unsigned long)inode);
        file->journal = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file->journal < 0) abort();
        pthread_mutex_init(&file->lock, NULL);
        file->inode = inode;
    }
    pthread_mutex_unlock(&lock);
    return file;
}

static void record(struct tracked *file, struct record head, const void *new, const void *old) {
    struct iovec parts[] = {{&head, sizeof head}, {(void *)new, head.new_bytes}, {(void *)old, head.old_bytes}};
    head.magic = MAGIC;
    /* Before the file itself: what the journal does not know of never began. */
    if (syscall(SYS_writev, file->journal, parts, 3) < 0) abort();
}

/* What to do at this call. */
static int strike(const char *call, const char *file, off_t at) {
    if (plan.action == NOTHING || strcmp(call, plan.call) != 0 || fnmatch(plan.file, file, 0) != 0) return NOTHING;
    if (plan.at >= 0 && at != plan.at) return NOTHING;
    pthread_mutex_lock(&lock);
    int action = NOTHING;
    if (ready || !plan.after_ready) {
        plan.seen++;
        if (plan.seen >= plan.nth && (plan.times == 0 || plan.seen < plan.nth + plan.times)) action = plan.action;
        /* After half a write there is no space. */
        if (action == FAIL_SHORT && plan.seen > plan.nth) action = FAIL_FULL;
    }
    if (action != NOTHING) {
        char line[PATH_BYTES + 64];
        snprintf(line, sizeof line, "%s %s %ld\n", call, file, plan.seen);
        append_line("struck", line);
    }
    pthread_mutex_unlock(&lock);
    return action;
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static ssize_t put(int fd, const void *bytes, size_t count, off_t offset, const char *name, struct stat *about) {
    int action = strike("write", name, offset);
    if (action == KILL_BEFORE) die();
    if (action == FAIL_EIO || action == FAIL_FULL) return errno = action == FAIL_EIO ? EIO : ENOSPC, -1;
    if (action == KILL_TORN || action == FAIL_SHORT) count = count > 1 ? count / 2 : count;
    struct tracked *file = track(about->st_ino);
    pthread_mutex_lock(&file->lock);
    fstat(fd, about);
    size_t before = about->st_size > offset ? (size_t)(about->st_size - offset) : 0;
    char *old = malloc((before < count ? before : count) + 1);
    ssize_t read = old && before ? syscall(SYS_pread64, fd, old, before < count ? before : count, offset) : 0;
    record(file, (struct record){.kind = 'W', .offset = offset, .new_bytes = count,
                                 .old_bytes = read > 0 ? read : 0, .size_before = about->st_size}, bytes, old);
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, count, offset);
    pthread_mutex_unlock(&file->lock);
    free(old);
    if (action == KILL_AFTER || action == KILL_TORN) die();
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    char path[PATH_BYTES];
    struct stat about;
    const char *name = name_of(fd, path, &about);
    return name ? put(fd, bytes, count, offset, name, &about) : syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[PATH_BYTES];
    struct stat about;
    const char *name = name_of(fd, path, &about);
    if (!name) return syscall(SYS_write, fd, bytes, count);
    ssize_t done = put(fd, bytes, count, lseek(fd, 0, SEEK_CUR), name, &about);
    if (done > 0) lseek(fd, done, SEEK_CUR);
    return done;
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
    char path[PATH_BYTES];
    struct stat about;
    if (strcmp(plan.call, "read") == 0) {
        const char *name = name_of(fd, path, &about);
        if (name && strike("read", name, offset) != NOTHING) return errno = EIO, -1;
    }
    return syscall(SYS_pread64, fd, bytes, count, offset);
}

int ftruncate64(int fd, off64_t size) {
    char path[PATH_BYTES];
    struct stat about;
    const char *name = name_of(fd, path, &about);
    if (!name) return syscall(SYS_ftruncate, fd, size);
    int action = strike("truncate", name, size);
    if (action == KILL_BEFORE) die();
    if (action == FAIL_EIO || action == FAIL_FULL) return errno = action == FAIL_EIO ? EIO : ENOSPC, -1;
    struct tracked *file = track(about.st_ino);
    pthread_mutex_lock(&file->lock);
    fstat(fd, &about);
    size_t cut = about.st_size > size ? (size_t)(about.st_size - size) : 0;
    char *old = malloc(cut + 1);
    ssize_t read = old && cut ? syscall(SYS_pread64, fd, old, cut, size) : 0;
    record(file, (struct record){.kind = 'T', .offset = size, .old_bytes = read > 0 ? read : 0,
                                 .size_before = about.st_size}, "", old);
    int done = syscall(SYS_ftruncate, fd, size);
    pthread_mutex_unlock(&file->lock);
    free(old);
    if (action == KILL_AFTER) die();
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int force(int fd, const char *name, struct stat *about) {
    struct tracked *file = track(about->st_ino);
    int action = strike("sync", name, 0);
    if (action == KILL_BEFORE) die();
    if (lies) return 0;
    usleep(SYNC_MICROS);
    pthread_mutex_lock(&file->lock);
    int failed = action == FAIL_EIO || action == FAIL_FULL;
    if (failed) {
        char mark[64];
        snprintf(mark, sizeof mark, "%lu.lost", (unsigned long)about->st_ino);
        append_line(mark, "\n");
        file->lost = 1;
        told[fd] = ++file->epoch;
        record(file, (struct record){.kind = 'F'}, "", "");
    } else {
        if (file->lost) record(file, (struct record){.kind = 'S'}, "", "");
        else if (syscall(SYS_ftruncate, file->journal, 0) != 0) abort();
        if (!file->named) note("forced", about->st_ino, name);
        file->named = 1;
        failed = told[fd] != file->epoch;
        told[fd] = file->epoch;
    }
    pthread_mutex_unlock(&file->lock);
    if (action == KILL_AFTER) die();
    return failed ? errno = action == FAIL_FULL ? ENOSPC : EIO, -1 : 0;
}

int fsync(int fd) {
    char path[PATH_BYTES];
    struct stat about;
    const char *name = name_of(fd, path, &about);
    if (name && S_ISREG(about.st_mode)) return force(fd, name, &about);
    if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode) && !lies && scope[0]) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, PATH_BYTES - 1);
        if (length > 0) path[length] = 0, note("directory", 0, path);
        return 0;
    }
    return name ? 0 : syscall(SYS_fsync, fd);
}

int fdatasync(int fd) { return fsync(fd); }

static int opened(const char *path, int flags, mode_t mode) {
    struct stat about;
    const char *name = inside(path);
    int is_new = name && (flags & O_CREAT) && access(path, F_OK) != 0;
    int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd < 0 || fd >= DESCRIPTORS || !name || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return fd;
    if (is_new) note("made", about.st_ino, path);
    told[fd] = track(about.st_ino)->epoch;
    return fd;
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

int unlink(const char *path) {
    const char *name = inside(path);
    struct stat about;
    if (!name || stat(path, &about) != 0) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    int action = strike("unlink", name, 0);
    if (action == KILL_BEFORE) die();
    if (action == FAIL_EIO) return errno = EIO, -1;
    /* Kept under another name, in case the directory comes back as it was. */
    char kept[PATH_BYTES + 64];
    snprintf(kept, sizeof kept, "%s/%lu.kept", state, (unsigned long)about.st_ino);
    syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0);
    note("gone", about.st_ino, path);
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (action == KILL_AFTER) die();
    return done;
}

int rename(const char *from, const char *to) {
    size_t length = strlen(to);
    int done = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0 && length > 6 && strcmp(to + length - 6, ".ready") == 0 && strncmp(to, scope, strlen(scope)) == 0)
        ready = 1;
    return done;
}
