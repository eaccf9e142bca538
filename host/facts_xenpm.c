/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "host/facts_parts.h"
#include "host/facts_xl.h"

/* What is behind "WORD  :" on this line; NULL when it is another's. */
static const char *value_of(const char *line, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(line, word, len))
		return NULL;
	line += len;
	line += strspn(line, " ");
	return *line == ':' ? line + 1 + strspn(line + 1, " ") : NULL;
}

json_t *facts_xenpm(char *text)
{
	json_t *freq = json_object(), *governors = json_object();
	char *line;

	while ((line = strsep(&text, "\n"))) {
		const char *driver = value_of(line, "scaling_driver");
		const char *governor = value_of(line, "current_governor");
		const char *turbo = value_of(line, "turbo mode");

		if (driver)
			facts_set_text(freq, "driver", driver, strlen(driver));
		if (governor)
			facts_count_text(governors, governor, strlen(governor));
		if (turbo)
			json_object_set_new(freq, "turbo",
					    json_boolean(!strncmp(turbo, "enabled", 7)));
	}
	if (json_object_size(governors))
		json_object_set(freq, "governors", governors);
	json_decref(governors);
	if (json_object_size(freq))
		facts_set_text(freq, "by", "xen", 3);
	return freq;
}
