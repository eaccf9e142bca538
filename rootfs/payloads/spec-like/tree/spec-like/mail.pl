#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# mail.pl ROUNDS: what perl is used for, over and over. Pages become messages, messages are taken apart
# and scored like those of a mail filter, and sources of scenes are cut into words and indexed. Prints what
# came of it, which is the same every time.
use strict;
use warnings;

my $in = '/spec-like/in/perl';
my $rounds = shift // 1;

sub slurp {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}

# Base64, written out: pack has uuencode only, whose digits these replace.
sub encode {
	my ($text) = @_;
	my $out = '';
	while ($text =~ /(.{1,45})/gs) {
		my $line = substr pack('u', $1), 1;
		chomp $line;
		$line =~ tr|` -_|AA-Za-z0-9+/|;
		my $pad = (3 - length($1) % 3) % 3;
		substr($line, -$pad) = '=' x $pad if $pad;
		$out .= "$line\n";
	}
	return $out;
}

sub decode {
	my ($text) = @_;
	$text =~ tr|A-Za-z0-9+/||cd;
	$text =~ tr|A-Za-z0-9+/| -_|;
	my $out = '';
	while ($text =~ /(.{1,60})/gs) {
		$out .= unpack 'u', chr(32 + int(length($1) * 3 / 4)) . $1;
	}
	return $out;
}

# A page as somebody would send it.
sub compose {
	my ($number, $page) = @_;
	my ($title) = $page =~ m{<title>\s*(.*?)\s*</title>}is;
	my $body = encode($page);
	return sprintf "From: user%d\@example.org\nTo: list\@example.org\nSubject: %s\n" .
		"Message-Id: <%08x\@example.org>\nContent-Type: text/html\n" .
		"Content-Transfer-Encoding: base64\n\n%s", $number % 7, $title // 'none',
		$number * 2654435761 % 4294967296, $body;
}

my %entity = (amp => '&', lt => '<', gt => '>', quot => '"', nbsp => ' ');

my @rules = (
	[ 'FROM_DIGITS', 0.5, qr/^From:.*\d@/m ],
	[ 'SUBJECT_CAPS', 1.0, qr/^Subject:.*\b[A-Z]{3,}\b/m ],
	[ 'HAS_LINKS', 0.8, qr{href\s*=\s*["'][^"']+["']}i ],
	[ 'MANY_IMAGES', 1.5, qr{(?:<img\b[^>]*>.*?){4,}}is ],
	[ 'TWICE', 0.3, qr/\b(\w{4,})\s+\1\b/i ],
	[ 'MONEY', 2.0, qr/\b(?:free|buy|price|\$\d+)\b/i ],
	[ 'LONG_LINE', 0.2, qr/^[^\n]{200,}$/m ],
	[ 'ENTITY_RUN', 0.7, qr/(?:&\w+;\s*){3,}/ ],
);

# Takes a message apart. Returns its header as a hash, its body as it was sent, and its words.
sub dissect {
	my ($message) = @_;
	my ($head, $body) = split /\n\n/, $message, 2;
	my %head = map { /^([\w-]+):\s*(.*)$/ ? (lc $1 => $2) : () } split /\n/, $head;
	$body = decode($body) if ($head{'content-transfer-encoding'} // '') eq 'base64';
	(my $text = $body) =~ s/<[^>]*>/ /g;
	$text =~ s/&(\w+);/$entity{$1} \/\/ ' '/ge;
	return (\%head, $body, [ map { lc } $text =~ /[A-Za-z][A-Za-z'-]+/g ]);
}

my (%seen, %score, %count);

sub filter {
	my ($message) = @_;
	my ($head, $body, $words) = dissect($message);
	my $score = 0;
	for my $rule (@rules) {
		next unless "$message\n$body" =~ $rule->[2];
		$score += $rule->[1];
		$count{ $rule->[0] }++;
	}
	my %here;
	$here{$_}++ for @$words;
	for my $word (sort keys %here) {
		$score += 0.001 * $here{$word} / (1 + ($seen{$word} // 0));
		$seen{$word} += $here{$word};
	}
	$score{ $head->{from} } += $score;
}

# An index of the names in sources, without comments and texts.
my %index;

sub index_scenes {
	my ($source) = @_;
	$source =~ s{//[^\n]*|/\*.*?\*/}{}gs;
	$source =~ s/"(?:\\.|[^"\\])*"/""/gs;
	my $line = 0;
	for (split /\n/, $source) {
		$line++;
		push @{ $index{$1} }, $line while /\b([A-Za-z_]\w*)\b/g;
	}
}

sub checksum {
	my ($sum, $text) = @_;
	$sum = ($sum * 31 + $_) % 4294967291 for unpack 'C*', $text;
	return $sum;
}

my @pages = split /\n\f\n/, slurp("$in/pages");
my $scenes = slurp("$in/scenes");

for my $round (1 .. $rounds) {
	my $number = 0;
	filter(compose($number++ * $round, $_)) for @pages;
	index_scenes($scenes);
}

my $sum = 0;
printf "%-14s %6d\n", $_, $count{$_} for sort keys %count;
printf "%-20s %10.3f\n", $_, $score{$_} for sort keys %score;
for my $word (sort { $seen{$b} <=> $seen{$a} || $a cmp $b } keys %seen) {
	$sum = checksum($sum, sprintf '%s=%d;', $word, $seen{$word});
}
for my $name (sort keys %index) {
	$sum = checksum($sum, "$name " . join(',', @{ $index{$name} }));
}
printf "%d words, %d names, %u\n", scalar keys %seen, scalar keys %index, $sum;
