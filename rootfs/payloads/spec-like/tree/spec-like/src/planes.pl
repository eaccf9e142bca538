#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# planes.pl PPM...: prints pictures as planes of 8 bits, Y, U and V, the last two at half the width and
# height (BT.601, in whole numbers).
use strict;
use warnings;

binmode STDOUT;
for my $file (@ARGV) {
	open my $in, '<:raw', $file or die "$file: $!\n";
	local $/;
	my $data = <$in>;
	$data =~ s/\AP6\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s// or die "$file: not a picture\n";
	my ($width, $height) = ($1, $2);
	my (@y, @u, @v);
	for my $row (0 .. $height - 1) {
		my @rgb = unpack 'C*', substr $data, 3 * $width * $row, 3 * $width;
		for my $x (0 .. $width - 1) {
			my ($r, $g, $b) = @rgb[3 * $x .. 3 * $x + 2];
			push @y, 16 + (66 * $r + 129 * $g + 25 * $b + 128 >> 8);
			next if $row % 2 || $x % 2;
			push @u, (-38 * $r - 74 * $g + 112 * $b + 32896) >> 8;
			push @v, (112 * $r - 94 * $g - 18 * $b + 32896) >> 8;
		}
	}
	print pack 'C*', @y, @u, @v;
}
