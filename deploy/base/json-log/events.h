#include <stdbool.h>

enum { LONGEST = 16384 }; /* Bytes of a line; what is longer is cut. */

extern const char *service;

/* Takes a line; writes the event before it, if it begins another. */
void take(const char *line);

/* Writes the event that is kept, if there is one. */
void finish(void);

/* Says whether there is one. */
bool is_open(void);
