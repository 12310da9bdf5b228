#!/usr/bin/perl
# udpread.pl -- read datagrams into files, a file a batch: udpread.pl FOLDER
# config: 7105 on socktype = dgram, user = nobody, exec = /usr/local/libexec/udpread.pl, args = udpread.pl /var/spool/udpread, stderr = log;
#
# The first datagram starts it. When none has come for two seconds, or when it is told to end, it
# puts what it has into its place and exits; the next datagram starts another one. A file that is
# still being written has a name that ends in .part, and none is left behind.
use strict;
use warnings;
use Socket qw(MSG_DONTWAIT SOCK_DGRAM getnameinfo NI_NUMERICHOST NI_NUMERICSERV);

my $folder = shift or die "usage: udpread.pl FOLDER\n";
my $quiet  = 2;
my $name   = sprintf '%s/%d.%d', $folder, time, $$;
my $part   = "$name.part";
my $count  = 0;
my $ended  = 0;
$SIG{TERM} = $SIG{INT} = sub { $ended = 1 };

# However it ends, but for KILL.
END { unlink $part if defined $part }

open my $out, '>', $part or die "$part: $!\n";
binmode $out;
while (!$ended) {
    my $ready = '';
    vec($ready, 0, 1) = 1;
    last if select($ready, undef, undef, $quiet) <= 0;    # quiet, or a signal
    defined(my $peer = recv(STDIN, my $data, 65535, MSG_DONTWAIT)) or next;
    my ($error, $host, $port) = getnameinfo($peer, NI_NUMERICHOST | NI_NUMERICSERV);
    $data =~ s/([^ -\[\]-~])/sprintf '\\x%02x', ord $1/ge;    # a line each, whatever it holds
    print {$out} "$host $port $data\n";
    $count++;
}
close $out or die "$part: $!\n";
rename $part, $name or die "$name: $!\n" if $count;
