/* SPDX-License-Identifier: ISC */
/*
 * x264 PRESET <YUV >H264: encodes a film of 320 by 176 with libx264, in one thread and without code for
 * particular processors. The program of that name in Debian would bring all of FFmpeg along.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x264.h>

enum { WIDTH = 320, HEIGHT = 176 };

static void die(const char *what)
{
	fprintf(stderr, "x264: %s\n", what);
	exit(111);
}

static x264_t *open_encoder(const char *preset, x264_picture_t *in)
{
	x264_param_t p;
	x264_t *enc;

	if (x264_param_default_preset(&p, preset, NULL) < 0)
		die("no such preset");
	p.i_width = WIDTH;
	p.i_height = HEIGHT;
	p.i_csp = X264_CSP_I420;
	p.i_threads = p.i_lookahead_threads = 1;
	p.i_sync_lookahead = 0;
	p.b_cpu_independent = 1;
	p.cpu = 0;
	p.i_log_level = X264_LOG_WARNING;
	enc = x264_encoder_open(&p);
	if (!enc || x264_picture_alloc(in, p.i_csp, WIDTH, HEIGHT) < 0)
		die("no memory");
	return enc;
}

/* Reads the planes of a picture. Returns 0 at the end. */
static int read_picture(x264_picture_t *in)
{
	for (int plane = 0; plane < 3; plane++) {
		int rows = plane ? HEIGHT / 2 : HEIGHT, width = plane ? WIDTH / 2 : WIDTH;

		for (int row = 0; row < rows; row++)
			if (fread(in->img.plane[plane] + row * in->img.i_stride[plane], 1,
				  (size_t)width, stdin) != (size_t)width)
				return 0;
	}
	return 1;
}

/* Encodes a picture, or what is left when there is none, and writes what comes out. */
static void encode(x264_t *enc, x264_picture_t *in)
{
	x264_picture_t out;
	x264_nal_t *nal;
	int count, bytes = x264_encoder_encode(enc, &nal, &count, in, &out);

	if (bytes < 0 || (bytes && fwrite(nal->p_payload, 1, (size_t)bytes, stdout) != (size_t)bytes))
		die("cannot encode");
}

int main(int argc, char **argv)
{
	x264_picture_t in;
	x264_t *enc;

	if (argc != 2)
		die("usage: x264 PRESET <YUV >H264");
	enc = open_encoder(argv[1], &in);
	for (int64_t n = 0; read_picture(&in); n++) {
		in.i_pts = n;
		encode(enc, &in);
	}
	while (x264_encoder_delayed_frames(enc))
		encode(enc, NULL);
	x264_encoder_close(enc);
	return fflush(stdout) ? 111 : 0;
}
