/* Runs a server; what it says on standard error goes out as JSON: json-log SERVICE COMMAND...
 *
 *     server --stderr--> json-log --stdout--> one object an event, names as in the application's log
 *        `------stdout----------------------> untouched
 *
 * It knows how nginx, PostgreSQL, Redis and Prometheus' programs word their lines, and takes anything
 * else as a message.
 * It is the container's first process: it passes signals on, reaps, and ends as the server ended.
 * What visitors sent does not get through: no query of an address, no value of a statement.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events.h"

enum { PATIENCE_MS = 50 };

static const int PASSED_ON[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
enum { SIGNALS = sizeof PASSED_ON / sizeof *PASSED_ON };

static volatile pid_t server;

static void pass_on(int number)
{
    kill(server, number);
}

static void nothing(int number)
{
    (void)number;
}

/* Reads what is there; false at the end. */
static bool listen(int from)
{
    static char buffer[LONGEST];
    static size_t filled;
    ssize_t length = read(from, buffer + filled, sizeof buffer - filled - 1);
    if (length <= 0) return length < 0 && (errno == EINTR || errno == EAGAIN);
    filled += (size_t)length;
    char *line = buffer, *end;
    while ((end = memchr(line, '\n', filled - (size_t)(line - buffer)))) {
        *end = 0;
        take(line);
        line = end + 1;
    }
    filled -= (size_t)(line - buffer);
    memmove(buffer, line, filled);
    if (filled >= sizeof buffer - 1) { /* A line without end is cut. */
        buffer[filled] = 0;
        take(buffer);
        filled = 0;
    }
    return true;
}

static void start(char **command, const int *ends, const sigset_t *usual)
{
    server = fork();
    if (server) return;
    sigprocmask(SIG_SETMASK, usual, NULL);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execvp(*command, command);
    perror(*command);
    _exit(127);
}

int main(int count, char **words)
{
    int ends[2], status = 0;
    sigset_t waiting, usual;
    if (count < 3) return fputs("json-log SERVICE COMMAND...\n", stderr), 64;
    service = words[1];
    setlocale(LC_CTYPE, "C.UTF-8");
    setvbuf(stdout, NULL, _IOFBF, 4 * LONGEST);
    sigfillset(&waiting);
    if (pipe(ends) || sigprocmask(SIG_BLOCK, &waiting, &usual)) return perror("json-log"), 71;
    start(words + 2, ends, &usual);
    if (server < 0) return perror("json-log"), 71;
    close(ends[1]);
    for (int i = 0; i < SIGNALS; i++) signal(PASSED_ON[i], pass_on);
    signal(SIGCHLD, nothing);
    signal(SIGPIPE, SIG_IGN); /* Nobody reads any more: the server goes on. */
    for (bool ended = false;;) {
        struct pollfd pipe = {.fd = ends[0], .events = POLLIN};
        struct timespec patience = {.tv_nsec = PATIENCE_MS * 1000000L};
        /* Signals come through here alone. */
        int ready = ppoll(&pipe, 1, is_open() || ended ? &patience : NULL, &usual);
        if (ready > 0 && !listen(ends[0])) ended = true, ends[0] = -1;
        if (ready == 0) finish();
        int how;
        for (pid_t gone; (gone = waitpid(-1, &how, WNOHANG)) > 0;)
            if (gone == server) ended = true, status = how;
        if (ended && ready <= 0 && waitpid(server, &how, WNOHANG) < 0) break;
    }
    finish();
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
