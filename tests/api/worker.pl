#!/usr/bin/perl
# A FastCGI worker without a web server before it.
#
#   worker.pl run SOCKET PROGRAM       becomes PROGRAM, descriptor 0 listening
#   worker.pl ask SOCKET METHOD PATH [NAME=VALUE...] < BODY
#                                      one request; prints the answer
#   worker.pl leave SOCKET PATH        asks and goes without reading the answer
#   worker.pl unread SOCKET PATH       asks and never reads, until killed
#   worker.pl drip SOCKET SECONDS SIZE METHOD PATH [NAME=VALUE...]
#                                      sends a byte of the body each 0.2 s for
#                                      so long, also behind the answer, or until
#                                      the worker closes; prints the answer
#   worker.pl silent SOCKET            connects, says nothing, until killed
#   worker.pl end COUNT WHEN SECONDS SOCKET PROGRAM
#                                      starts a worker COUNT times and sends it
#                                      SIGTERM a random moment after its start
#                                      or (WHEN = asked) after an answer; prints
#                                      what was not as it should be, such as an
#                                      end that took more than SECONDS
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use POSIX qw(WNOHANG dup2);
use Time::HiRes qw(sleep time);

use constant { BEGIN_REQUEST => 1, END_REQUEST => 3, PARAMS => 4,
	STDIN_STREAM => 5, STDOUT_STREAM => 6 };
use constant PATIENCE => 30;

sub listener {
	my ($path) = @_;
	unlink $path;
	return IO::Socket::UNIX->new(Local => $path, Listen => 64) ||
	    die "listen on $path: $!\n";
}

sub become {
	my ($socket, $program) = @_;
	dup2(fileno($socket), 0) // die "dup2: $!\n";
	exec $program or die "$program: $!\n";
}

sub record {
	my ($type, $content) = @_;
	return pack('CCnnCx', 1, $type, 1, length $content, 0) . $content;
}

sub stream {
	my ($type, $content) = @_;
	my $records = '';
	$records .= record($type, $_) for unpack '(a32768)*', $content;
	return $records . record($type, '');
}

sub param {
	my ($name, $value) = @_;
	return pack('NN', map { length($_) | 1 << 31 } $name, $value) .
	    $name . $value;
}

# With the body, or without the beginning of one where that is undefined.
sub send_request {
	my ($path, $body, @params) = @_;
	my $connection = IO::Socket::UNIX->new(Peer => $path) ||
	    die "connect to $path: $!\n";
	my $params = join '', map { param(split /=/, $_, 2) } @params;
	my $request = record(BEGIN_REQUEST, pack('nCx5', 1, 0)) .
	    stream(PARAMS, $params);
	$request .= stream(STDIN_STREAM, $body) if defined $body;
	print $connection $request;
	$connection->flush;
	return $connection;
}

sub drip {
	my ($connection, $seconds) = @_;
	my ($end, $is_open, $bytes) = (time + $seconds, 1, '');
	my $select = IO::Select->new($connection);
	local $SIG{PIPE} = 'IGNORE';
	while (time < $end && syswrite($connection, record(STDIN_STREAM, 'a'))) {
		sleep 0.2 if !$is_open;
		$is_open = sysread $connection, $bytes, 65536, length $bytes
		    if $is_open && $select->can_read(0.2);
	}
	1 while sysread $connection, $bytes, 65536, length $bytes;
	open my $answer, '<', \$bytes or die "open: $!\n";
	return receive($answer);
}

# The answer, and whether it was brought to its end.
sub receive {
	my ($connection) = @_;
	my ($answer, $is_whole, $head) = ('', 0);
	while ((read($connection, $head, 8) // 0) == 8) {
		my (undef, $type, undef, $length, $padding) =
		    unpack 'CCnnC', $head;
		my $content = '';
		read $connection, $content, $length + $padding
		    if $length + $padding > 0;
		$answer .= substr $content, 0, $length
		    if $type == STDOUT_STREAM;
		$is_whole = 1 if $type == END_REQUEST;
	}
	return ($answer, $is_whole);
}

sub request_params {
	my ($method, $path, @more) = @_;
	for my $default ('REMOTE_ADDR=127.0.0.1', 'SCRIPT_NAME=') {
		my ($name) = $default =~ /^(\w+=)/;
		unshift @more, $default unless grep { /^\Q$name/ } @more;
	}
	return ("REQUEST_METHOD=$method", "PATH_INFO=$path", @more);
}

# Seconds until the process had ended and its wait status.
sub end_of {
	my ($pid) = @_;
	my $start = time;
	while (waitpid($pid, WNOHANG) == 0) {
		if (time - $start > PATIENCE) {
			kill 'KILL', $pid;
			waitpid $pid, 0;
			return (time - $start, $?);
		}
		sleep 0.002;
	}
	return (time - $start, $?);
}

sub end_once {
	my ($when, $limit, $path, $program) = @_;
	my $socket = listener($path);
	my $pid = fork // die "fork: $!\n";
	become($socket, $program) if $pid == 0;
	close $socket;
	if ($when eq 'asked') {
		my ($answer) = receive(send_request($path, '',
		    request_params('GET', '/healthz')));
		print "no answer: $answer\n" if $answer !~ /^Status: 200/;
	}
	sleep rand 0.05;
	kill 'TERM', $pid;
	my ($seconds, $status) = end_of($pid);
	printf "ended after %.1f s\n", $seconds if $seconds > $limit;
	# before it has set its signals up, SIGTERM itself ends it
	print "wait status $status\n"
	    if $status != 0 && ($when eq 'asked' || $status != POSIX::SIGTERM);
}

my ($command, @rest) = @ARGV;
if ($command eq 'run') {
	become(listener($rest[0]), $rest[1]);
} elsif ($command eq 'ask') {
	my ($path, $method, $at, @params) = @rest;
	my $body = do { local $/; <STDIN> } // '';
	push @params, 'CONTENT_LENGTH=' . length $body;
	my ($answer, $is_whole) = receive(send_request($path, $body,
	    request_params($method, $at, @params)));
	print $answer;
	exit($is_whole ? 0 : 1);
} elsif ($command eq 'leave') {
	send_request($rest[0], '', request_params('GET', @rest[1 .. $#rest]));
} elsif ($command eq 'unread') {
	my $connection = send_request($rest[0], '',
	    request_params('GET', @rest[1 .. $#rest]));
	sleep PATIENCE;
} elsif ($command eq 'drip') {
	my ($path, $seconds, $size, @request) = @rest;
	my ($answer) = drip(send_request($path, undef,
	    request_params(@request), "CONTENT_LENGTH=$size"), $seconds);
	print $answer;
} elsif ($command eq 'silent') {
	my $connection = IO::Socket::UNIX->new(Peer => $rest[0]) ||
	    die "connect: $!\n";
	sleep PATIENCE;
} elsif ($command eq 'end') {
	my ($count, @how) = @rest;
	end_once(@how) for 1 .. $count;
} else {
	die "unknown command $command\n";
}
