/* Turns lines of servers into events of the log. */
#define _GNU_SOURCE
#include "events.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

enum { GROUPS = 10 };

static const char *MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

const char *service;

/* An event is kept until the next one begins, or nothing more of it comes. */
static struct {
    bool open;
    char moment[48], level[12], pid[12], code[8], message[LONGEST], statement[LONGEST];
    char *target; /* Where the next line of an event of several lines goes; none is dropped. */
} event;

bool is_open(void)
{
    return event.open;
}

static void put_text(const char *name, const char *text)
{
    printf("%s\"%s\":\"", strcmp(name, "@timestamp") ? "," : "{", name);
    while (*text) {
        unsigned char first = (unsigned char)*text;
        int length = first < 0x80 ? 1 : (int)mbrlen(text, MB_CUR_MAX, NULL);
        if (length <= 0) { /* No UTF-8. */
            putchar('?');
            length = 1;
        } else if (first == '"' || first == '\\') {
            printf("\\%c", first);
        } else if (first < 0x20 || first == 0x7f) {
            printf("\\u%04x", first);
        } else {
            fwrite(text, 1, (size_t)length, stdout);
        }
        text += length;
    }
    putchar('"');
}

static void add(char *text, const char *more)
{
    strncat(text, more, LONGEST - strlen(text) - 1);
}

struct pattern {
    const char *text;
    regex_t compiled;
    bool ready;
};

static bool matches(struct pattern *pattern, const char *text, regmatch_t *at)
{
    if (!pattern->ready && regcomp(&pattern->compiled, pattern->text, REG_EXTENDED)) abort();
    pattern->ready = true;
    return !regexec(&pattern->compiled, text, GROUPS, at, 0);
}

/* Copies a group; what has no room is cut. */
static char *copy(char *to, size_t size, const char *text, regmatch_t at)
{
    size_t length = at.rm_so < 0 ? 0 : (size_t)(at.rm_eo - at.rm_so);
    if (length >= size) length = size - 1;
    memcpy(to, text + (length ? at.rm_so : 0), length);
    to[length] = 0;
    return to;
}

/* Puts a question mark for every quoted text, and for every number of a statement. */
static void blot(char *text, char quote, bool numbers)
{
    char *to = text, before = ' ';
    for (const char *from = text; *from; before = *from++) {
        bool number = numbers && isdigit((unsigned char)*from) && !isalnum((unsigned char)before) &&
                      before != '_';
        if (*from != quote && !number) {
            *to++ = *from;
            continue;
        }
        *to++ = '?';
        if (number) {
            while (isalnum((unsigned char)from[1]) || from[1] == '.') from++;
        } else { /* A doubled quote belongs to the text. */
            for (from++; *from && (*from != quote || from[1] == quote); from++)
                if (*from == quote) from++;
            if (!*from) break;
        }
    }
    *to = 0;
}

/* Leaves of a path what the access log leaves: no query, and no token in it. */
static void shorten(char *path)
{
    static struct pattern secret = {.text = "^/(auth/(verify|reset)|preview)/"};
    regmatch_t at[GROUPS];
    path[strcspn(path, "?")] = 0;
    if (matches(&secret, path, at)) strcpy(path + at[0].rm_eo, "-");
}

/* PostgreSQL's: how long it took, the request that its comment names, and the statement bare. */
static void put_statement(void)
{
    static struct pattern slow = {.text = "^duration: ([0-9]+)\\.([0-9]{3}) ms  [a-z ]+[^:]*: "};
    static struct pattern comment = {.text = " ?/\\*request_id='([0-9A-Za-z._-]+)'[^*]*\\*/"};
    regmatch_t at[GROUPS];
    char whole[16], part[8], id[64];
    if (matches(&slow, event.message, at)) {
        strcpy(event.statement, event.message + at[0].rm_eo);
        copy(whole, sizeof whole, event.message, at[1]);
        copy(part, sizeof part, event.message, at[2]);
        event.message[at[2].rm_eo + 3] = 0;
        printf(",\"event.duration\":%lld", (atoll(whole) * 1000 + atoll(part)) * 1000);
    }
    if (!*event.statement) return;
    if (matches(&comment, event.statement, at)) {
        put_text("http.request.id", copy(id, sizeof id, event.statement, at[1]));
        memmove(event.statement + at[0].rm_so, event.statement + at[0].rm_eo,
                strlen(event.statement + at[0].rm_eo) + 1);
    }
    blot(event.statement, '\'', true);
    put_text("db.query.text", event.statement);
}

/* nginx's: who asked for what. The rest repeats what was sent. */
static void put_request(void)
{
    static struct pattern request = {
        .text = ", client: ([0-9a-fA-F.:]+), server: [^,]*"
                "(, request: \"([A-Z]+) ([^ \"]*)[^\"]*\")?"};
    regmatch_t at[GROUPS];
    char client[64], method[16], path[LONGEST];
    if (!matches(&request, event.message, at)) return;
    put_text("client.ip", copy(client, sizeof client, event.message, at[1]));
    if (at[3].rm_so >= 0) {
        put_text("http.request.method", copy(method, sizeof method, event.message, at[3]));
        shorten(copy(path, sizeof path, event.message, at[4]));
        put_text("url.path", path);
    }
    event.message[at[0].rm_so] = 0;
}

void finish(void)
{
    if (!event.open) return;
    event.open = false;
    put_text("@timestamp", event.moment);
    put_text("log.level", event.level);
    put_text("service.name", service);
    if (*event.pid) printf(",\"process.pid\":%s", event.pid);
    if (*event.code) {
        /* Class 22 says which value it could not read. */
        if (!strncmp(event.code, "22", 2)) blot(event.message, '"', false);
        if (strcmp(event.code, "00000")) put_text("error.code", event.code);
        put_statement();
    } else {
        put_request();
    }
    put_text("message", event.message);
    puts("}");
    fflush(stdout); /* Whole lines: the server writes to the same place. */
}

static void begin(const char *level, const char *pid, const char *message)
{
    finish();
    event.open = true;
    *event.message = *event.statement = *event.code = 0;
    strcpy(event.level, level);
    strcpy(event.pid, pid);
    add(event.message, message);
    event.target = event.message;
}

/* Returns the level of the application's log that means the same as a server's. */
static const char *level_of(const char *theirs)
{
    static const char *known[][2] = {
        {"debug", "debug"},    {"DEBUG", "debug"},    {".", "debug"},        {"-", "debug"},
        {"warn", "warning"},   {"WARN", "warning"},    {"#", "warning"},     {"error", "error"},
        {"ERROR", "error"},    {"FATAL", "error"},    {"crit", "critical"},  {"alert", "critical"},
        {"emerg", "critical"}, {"PANIC", "critical"}, {"F", "critical"},     {"E", "error"},
        {"W", "warning"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strncmp(theirs, known[i][0], strlen(known[i][0]))) return known[i][1];
    return "info";
}

static bool nginx(const char *line)
{
    static struct pattern pattern = {
        .text = "^([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9:]{8}) \\[([a-z]+)\\] ([0-9]+)#[0-9]+: "
                "(\\*[0-9]+ )?"};
    static struct pattern start = {.text = "^nginx: \\[([a-z]+)\\] "};
    regmatch_t at[GROUPS];
    char level[12], pid[12];
    if (matches(&start, line, at)) {
        begin(level_of(copy(level, sizeof level, line, at[1])), "", line + at[0].rm_eo);
        *event.moment = 0;
        return true;
    }
    if (!matches(&pattern, line, at)) return false;
    begin(level_of(copy(level, sizeof level, line, at[5])), copy(pid, sizeof pid, line, at[6]),
          line + at[0].rm_eo);
    snprintf(event.moment, sizeof event.moment, "%.4s-%.2s-%.2sT%.8sZ", line, line + 5, line + 8,
             line + 11);
    return true;
}

static bool pgbouncer(const char *line)
{
    static struct pattern pattern = {
        .text = "^([0-9-]{10}) ([0-9:.]{12}) UTC \\[([0-9]+)\\] ([A-Z]+) "};
    regmatch_t at[GROUPS];
    char level[12], pid[12];
    if (!matches(&pattern, line, at)) return false;
    begin(level_of(copy(level, sizeof level, line, at[4])), copy(pid, sizeof pid, line, at[3]),
          line + at[0].rm_eo);
    snprintf(event.moment, sizeof event.moment, "%.10sT%.12sZ", line, line + 11);
    return true;
}

/* Prometheus' and its relatives': logfmt. */
static bool logfmt(const char *line)
{
    static struct pattern pattern = {
        .text = "^(ts|time)=\"?([0-9TZ:.-]+)\"? (caller=[^ ]+ )?level=([a-zA-Z]+) "};
    regmatch_t at[GROUPS];
    char level[12];
    if (!matches(&pattern, line, at)) return false;
    begin(level_of(copy(level, sizeof level, line, at[4])), "", line + at[0].rm_eo);
    copy(event.moment, sizeof event.moment, line, at[2]);
    return true;
}

/* mtail's, which do not say the year. */
static bool mtail(const char *line)
{
    static struct pattern pattern = {
        .text = "^([IWEF])([0-9]{2})([0-9]{2}) ([0-9:]{8}\\.[0-9]{6}) +([0-9]+) "};
    regmatch_t at[GROUPS];
    char level[2], pid[12], year[8];
    time_t now = time(NULL);
    if (!matches(&pattern, line, at)) return false;
    begin(level_of(copy(level, sizeof level, line, at[1])), copy(pid, sizeof pid, line, at[5]),
          line + at[0].rm_eo);
    strftime(year, sizeof year, "%Y", gmtime(&now));
    snprintf(event.moment, sizeof event.moment, "%.4s-%.2s-%.2sT%.15sZ", year, line + 1, line + 3,
             line + 6);
    return true;
}

static bool redis(const char *line)
{
    static struct pattern pattern = {
        .text = "^([0-9]+):[CXSMRX] ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9:.]{12}) ([-.*#]) "};
    regmatch_t at[GROUPS];
    char level[12], pid[12], month[4];
    if (!matches(&pattern, line, at)) return false;
    begin(level_of(copy(level, sizeof level, line, at[6])), copy(pid, sizeof pid, line, at[1]),
          line + at[0].rm_eo);
    const char *found = strstr(MONTHS, copy(month, sizeof month, line, at[3]));
    snprintf(event.moment, sizeof event.moment, "%.4s-%02d-%.2sT%.12sZ", line + at[4].rm_so,
             found ? (int)(found - MONTHS) / 3 + 1 : 1, line + at[2].rm_so, line + at[5].rm_so);
    return true;
}

/* By the log_line_prefix of postgresql.conf. */
static bool postgres(const char *line)
{
    static struct pattern pattern = {
        .text = "^([0-9-]{10}) ([0-9:.]{12}) UTC \\[([0-9]+)\\] ([0-9A-Z]{5}) ([A-Z0-9]+):  "};
    regmatch_t at[GROUPS];
    char level[12], pid[12];
    if (!matches(&pattern, line, at)) {
        if (*line != '\t' || !event.open || !*event.code) return false;
        if (!event.target) return true;
        add(event.target, "\n");
        add(event.target, line + 1);
        return true;
    }
    copy(level, sizeof level, line, at[5]);
    copy(pid, sizeof pid, line, at[3]);
    if (!strcmp(level, "STATEMENT")) {
        event.target = event.statement;
        add(event.target, line + at[0].rm_eo);
    } else if (strstr("DETAIL HINT QUERY CONTEXT LOCATION BACKTRACE", level)) {
        event.target = NULL; /* They repeat values. */
    } else {
        begin(level_of(level), pid, line + at[0].rm_eo);
        copy(event.code, sizeof event.code, line, at[4]);
        snprintf(event.moment, sizeof event.moment, "%.10sT%.12sZ", line, line + 11);
    }
    return true;
}

void take(const char *line)
{
    if (!strncmp(line, "{\"@timestamp\"", 13)) { /* Is one already. */
        finish();
        puts(line);
        fflush(stdout);
        return;
    }
    if (!*line) return;
    static bool (*const known[])(const char *) = {postgres, nginx, redis, pgbouncer, logfmt, mtail};
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof *known && !is_known; i++) is_known = known[i](line);
    if (!is_known) {
        begin("info", "", line);
        *event.moment = 0;
    }
    if (!*event.moment) {
        time_t now = time(NULL);
        strftime(event.moment, sizeof event.moment, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    }
}
