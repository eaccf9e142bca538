/* SPDX-License-Identifier: ISC */
/*
 * An SBOM as SPDX 2.3 in JSON, from the manifest of an image that has been checked. What the fields
 * mean is in the SPDX Specification 2.3: clause 6 document, 7 packages (7.9: verification code), 8
 * files, 10 licences that are not on SPDX's list, 11 relationships. A fact that the manifest does
 * not have is NOASSERTION or left out. One part of the image is one package, made from the package
 * of its source.
 */
#include "host/image_check.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IMAGE_ID "SPDXRef-image"

enum { ID_MAX = 96, EXPRESSION_MAX = 256 };

struct spdx {
	const struct image_check *c;
	json_t *packages, *files, *relations, *licences;
};

/* The identifier of a thing: letters, digits, dots and dashes. */
static const char *id_of(char *buf, const char *kind, const char *name)
{
	size_t n = (size_t)snprintf(buf, ID_MAX, "SPDXRef-%s-", kind);

	for (; *name && n < ID_MAX - 1; name++)
		buf[n++] = isalnum((unsigned char)*name) || *name == '.' ? *name : '-';
	buf[n] = '\0';
	return buf;
}

static void relate(struct spdx *s, const char *from, const char *type, const char *to)
{
	json_array_append_new(s->relations,
			      json_pack("{ss ss ss}", "spdxElementId", from, "relationshipType",
					type, "relatedSpdxElement", to));
}

/* Adds a package with what every one has and returns it, the array's. */
static json_t *add_package(struct spdx *s, const char *id, const char *name, const char *version)
{
	json_t *p =
		json_pack("{ss ss ss sb ss ss ss}", "SPDXID", id, "name", name, "downloadLocation",
			  "NOASSERTION", "filesAnalyzed", 0, "licenseConcluded", "NOASSERTION",
			  "licenseDeclared", "NOASSERTION", "copyrightText", "NOASSERTION");

	if (*version)
		json_object_set_new(p, "versionInfo", json_string(version));
	json_array_append_new(s->packages, p);
	return p;
}

static json_t *checksum(const char *algorithm, const char *value)
{
	return json_pack("{ss ss}", "algorithm", algorithm, "checksumValue", value);
}

/* What is in an expression and not on SPDX's list: LicenseRef-... */
static void add_licence_refs(struct spdx *s, const char *expression, const char *text)
{
	char words[EXPRESSION_MAX], where[160], *save;

	snprintf(words, sizeof(words), "%s", expression);
	snprintf(where, sizeof(where), "The text is in the image: /usr/share/licenses/%.64s", text);
	for (char *w = strtok_r(words, " ()", &save); w; w = strtok_r(NULL, " ()", &save)) {
		const json_t *known;
		size_t i;

		if (strncmp(w, "LicenseRef-", 11) != 0)
			continue;
		json_array_foreach(s->licences, i,
				   known) if (!strcmp(image_check_str(known, "licenseId"),
						      w)) break;
		if (i == json_array_size(s->licences))
			json_array_append_new(s->licences, json_pack("{ss ss}", "licenseId", w,
								     "extractedText", where));
	}
}

static void add_file(struct spdx *s, const char *package, const json_t *e, const char *sha1)
{
	const char *path = image_check_str(e, "file");
	char id[ID_MAX], number[16];

	snprintf(number, sizeof(number), "%zu", json_array_size(s->files) + 1);
	id_of(id, "file", number);
	json_array_append_new(s->files,
			      json_pack("{ss ss+ s[o o] ss s[s] ss}", "SPDXID", id, "fileName", ".",
					path, "checksums", checksum("SHA1", sha1),
					checksum("SHA256", image_check_str(e, "sha256")),
					"licenseConcluded", "NOASSERTION", "licenseInfoInFiles",
					"NOASSERTION", "copyrightText", "NOASSERTION"));
	relate(s, package, "CONTAINS", id);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Clause 7.9: the SHA-1 of the files' SHA-1s, sorted and put together. */
static void set_code(json_t *package, const char **sha1, size_t n)
{
	char code[SHA1_DIGEST_STRING_LENGTH];
	SHA1_CTX ctx;

	qsort(sha1, n, sizeof(*sha1), by_text);
	SHA1Init(&ctx);
	for (size_t i = 0; i < n; i++)
		SHA1Update(&ctx, (const uint8_t *)sha1[i], strlen(sha1[i]));
	SHA1End(&ctx, code);
	json_object_set_new(package, "filesAnalyzed", json_true());
	json_object_set_new(package, "packageVerificationCode",
			    json_pack("{ss}", "packageVerificationCodeValue", code));
}

/* Adds the files of that part. */
static int add_files(struct spdx *s, json_t *package, const char *part)
{
	const json_t *files = json_object_get(s->c->manifest, "files"), *e;
	const char **sha1 = calloc(json_array_size(files) + 1, sizeof(*sha1));
	size_t i, n = 0;

	if (!sha1)
		return -ENOMEM;
	json_array_foreach(files, i, e)
	{
		const char *path = image_check_str(e, "file");

		if (!*path || strcmp(image_check_str(e, "part"), part) != 0)
			continue;
		sha1[n] = image_check_str(s->c->sha1, path);
		add_file(s, image_check_str(package, "SPDXID"), e, sha1[n]);
		n++;
	}
	if (n)
		set_code(package, sha1, n);
	free(sha1);
	return 0;
}

/* A package URL, as github.com/package-url/purl-spec has it for "deb". */
static json_t *purl_of(const json_t *source)
{
	const char *kind = image_check_str(source, "kind"), *v = image_check_str(source, "version");
	char version[128];
	size_t n = 0;

	for (; *v && n < sizeof(version) - 4; v++)
		n += (size_t)(isalnum((unsigned char)*v) || strchr(".-~:", *v)
				      ? sprintf(version + n, "%c", *v)
				      : sprintf(version + n, "%%%02X", (unsigned char)*v));
	version[n] = '\0';
	return json_sprintf("pkg:deb/debian/%s@%s?arch=%s", image_check_str(source, "package"),
			    version, strcmp(kind, "source") ? "amd64" : "source");
}

/* Adds the package that a part was made from. The hash is that of its .dsc or .deb. */
static void add_source(struct spdx *s, const json_t *source)
{
	const char *kind = image_check_str(source, "kind");
	char id[ID_MAX], part[ID_MAX];
	json_t *p;

	id_of(id, "source", image_check_str(source, "component"));
	p = add_package(s, id, image_check_str(source, "package"),
			image_check_str(source, "version"));
	json_object_set_new(p, "checksums",
			    json_pack("[o]",
				      checksum("SHA256", image_check_str(source, "sha256"))));
	if (!strcmp(kind, "deb") || !strcmp(kind, "source"))
		json_object_set_new(p, "externalRefs",
				    json_pack("[{ss ss so}]", "referenceCategory",
					      "PACKAGE-MANAGER", "referenceType", "purl",
					      "referenceLocator", purl_of(source)));
	relate(s, id_of(part, "part", image_check_str(source, "component")), "GENERATED_FROM", id);
}

/* A part's version is that of its source; musl's that of the tool. */
static const char *version_of(const struct spdx *s, const char *part)
{
	const json_t *source;
	size_t i;

	json_array_foreach(json_object_get(s->c->manifest, "sources"), i,
			   source) if (!strcmp(image_check_str(source, "component"),
					       part)) return image_check_str(source, "version");
	return image_check_str(json_object_get(s->c->manifest, "tools"), part);
}

static int add_component(struct spdx *s, const json_t *row)
{
	const char *name = image_check_str(row, "component"), *text = image_check_str(row, "text");
	const char *licence = image_check_str(row, "licence");
	char id[ID_MAX], other[ID_MAX];
	json_t *p, *link;
	size_t i;

	p = add_package(s, id_of(id, "part", name), name, version_of(s, name));
	json_object_set_new(p, "licenseDeclared", json_string(licence));
	if (strcmp(text, "-") != 0)
		json_object_set_new(p, "licenseComments",
				    json_sprintf("in the image: /usr/share/licenses/%s", text));
	add_licence_refs(s, licence, text);
	relate(s, IMAGE_ID, "CONTAINS", id);
	json_array_foreach(json_object_get(row, "links"), i, link) if (json_is_string(link))
		relate(s, id, "STATIC_LINK", id_of(other, "part", json_string_value(link)));
	return add_files(s, p, name);
}

static void add_tools(struct spdx *s)
{
	const json_t *version;
	const char *tool;
	char id[ID_MAX];

	json_object_foreach(json_object_get(s->c->manifest, "tools"), tool, version)
	{
		add_package(s, id_of(id, "tool", tool), tool,
			    json_is_string(version) ? json_string_value(version) : "");
		relate(s, id, "BUILD_TOOL_OF", IMAGE_ID);
	}
}

static int add_all(struct spdx *s)
{
	const json_t *manifest = s->c->manifest, *row;
	json_t *image =
		add_package(s, IMAGE_ID, "xlab-image", image_check_str(manifest, "flavour"));
	int r = 0;
	size_t i;

	json_object_set_new(image, "primaryPackagePurpose", json_string("OPERATING-SYSTEM"));
	relate(s, "SPDXRef-DOCUMENT", "DESCRIBES", IMAGE_ID);
	json_array_foreach(json_object_get(manifest, "components"), i, row) r =
		r ? r : add_component(s, row);
	json_array_foreach(json_object_get(manifest, "sources"), i, row) add_source(s, row);
	add_tools(s);
	return r;
}

int image_spdx(const struct image_check *c, char **text)
{
	struct spdx s = { c, json_array(), json_array(), json_array(), json_array() };
	time_t epoch = (time_t)json_integer_value(json_object_get(c->manifest, "epoch"));
	char created[32] = "1970-01-01T00:00:00Z";
	struct tm tm;
	int r = add_all(&s);
	json_t *all;

	if (epoch >= 0 && epoch < INT32_MAX && gmtime_r(&epoch, &tm))
		strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	all = json_pack("{ss ss ss ss ss+ s{ss s[s]} so so so so}", "spdxVersion", "SPDX-2.3",
			"dataLicense", "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT", "name",
			"xlab-image", "documentNamespace", "https://spdx.org/spdxdocs/xlab-image-",
			c->sha256, "creationInfo", "created", created, "creators",
			"Tool: xlab-image", "packages", s.packages, "files", s.files,
			"relationships", s.relations, "hasExtractedLicensingInfos", s.licences);
	*text = all && !r ? json_dumps(all, JSON_INDENT(1) | JSON_ENSURE_ASCII) : NULL;
	json_decref(all);
	return *text ? 0 : -ENOMEM;
}
