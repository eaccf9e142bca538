/* SPDX-License-Identifier: ISC */
/*
 * Loaded before libc, for a program that takes its random numbers from the time of day, and plays
 * accordingly: for it no time passes. And whoever runs it is at home where it is started: nothing else
 * can be written, and what it learns there ends with the run.
 */
#include <pwd.h>
#include <sys/timeb.h>
#include <time.h>

enum { NOW = 1000000000 };

void srand(unsigned seed)
{
	(void)seed;
}

time_t time(time_t *t)
{
	if (t)
		*t = NOW;
	return NOW;
}

int ftime(struct timeb *t)
{
	*t = (struct timeb){ .time = NOW };
	return 0;
}

struct passwd *getpwuid(uid_t uid)
{
	static struct passwd user = { .pw_name = "xlab", .pw_dir = "." };

	user.pw_uid = uid;
	return &user;
}
