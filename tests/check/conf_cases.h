/* conf_cases.h -- configurations, and what -t says of them: problems, then the table */
#ifndef DOORWARD_TESTS_CONF_CASES_H
#define DOORWARD_TESTS_CONF_CASES_H

/* @LONG@ stands for 5,000 bytes, @PATH@ for 107. */
struct conf_case {
    const char *in, *out;
};

/* Classic lines that are good. */
static const struct conf_case classic_cases[] = {
    {"7007 stream:dataready tcp4 nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 defer=30s\n"},
    {"7007 stream tcp4 nowait root ?/bin/cat cat -u",
     "7007 stream tcp4 nowait root /bin/cat 0.0.0.0:7007 args=\"cat -u\"\n"},
    {"7007 tli tcp4 nowait root /bin/cat cat",
     "7007 stream tcp4 nowait root /bin/cat 0.0.0.0:7007\n"},
    {"7007 tli udp4 wait root /bin/cat cat", "7007 dgram udp4 wait root /bin/cat 0.0.0.0:7007\n"},
    {"*:\n"
     "*:\n"
     "7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root /bin/sh sh @LONG@",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 args=\"sh @LONG@\"\n"},
    {"echo stream tcp nowait root internal",
     "echo stream tcp nowait root internal:echo 0.0.0.0:7 [::]:7\n"},
    {"echo stream tcp4 nowait root internal",
     "echo stream tcp4 nowait root internal:echo 0.0.0.0:7\n"},
    {"echo stream tcp6 nowait root internal",
     "echo stream tcp6 nowait root internal:echo [::]:7\n"},
    {"echo stream tcp46 nowait root internal",
     "echo stream tcp46 nowait root internal:echo [::]:7\n"},
    {"echo stream tcp6only nowait root internal",
     "echo stream tcp6 nowait root internal:echo [::]:7\n"},
    {"echo dgram udp wait root internal",
     "echo dgram udp wait root internal:echo 0.0.0.0:7 [::]:7 ip_max=600\n"},
    {"echo dgram udp nowait root internal",
     "echo dgram udp nowait root internal:echo 0.0.0.0:7 [::]:7 ip_max=600\n"},
    {"/run/echo stream unix nowait root internal",
     "/run/echo stream unix nowait root internal:echo /run/echo\n"},
    {"/run/x stream unix nowait root internal time",
     "/run/x stream unix nowait root internal:time /run/x\n"},
    {"echo dgram udp4 wait root internal",
     "echo dgram udp4 wait root internal:echo 0.0.0.0:7 ip_max=600\n"},
    {"echo dgram udp6 wait root internal",
     "echo dgram udp6 wait root internal:echo [::]:7 ip_max=600\n"},
    {"echo dgram udp46 wait root internal",
     "echo dgram udp46 wait root internal:echo [::]:7 ip_max=600\n"},
    {"echo dgram udp6only wait root internal",
     "echo dgram udp6 wait root internal:echo [::]:7 ip_max=600\n"},
    {"daytime dgram udp wait root internal",
     "daytime dgram udp wait root internal:daytime 0.0.0.0:13 [::]:13 ip_max=60\n"},
    {"time dgram udp nowait/10/5/2 root internal",
     "time dgram udp nowait root internal:time 0.0.0.0:37 [::]:37 accept_max=10 source_max=2 "
     "ip_max=5\n"},
    {"chargen dgram udp nowait/0/0 root internal",
     "chargen dgram udp nowait root internal:chargen 0.0.0.0:19 [::]:19 accept_max=0\n"},
    {"7007 stream tcp nowait nobody internal echo",
     "7007 stream tcp nowait nobody internal:echo 0.0.0.0:7007 [::]:7007\n"},
    {"7 stream tcp4 nowait nobody internal",
     "7 stream tcp4 nowait nobody internal:echo 0.0.0.0:7\n"},
    {"sink stream tcp4 nowait root internal",
     "sink stream tcp4 nowait root internal:discard 0.0.0.0:9\n"},
    {"tcpmux stream tcp nowait root internal",
     "tcpmux stream tcp nowait root internal:tcpmux 0.0.0.0:1 [::]:1\n"},
    {"tcpmux/foo stream tcp nowait root /bin/sh", "tcpmux/foo stream tcp nowait root /bin/sh -\n"},
    {"tcpmux/+foo stream tcp nowait root /bin/sh sh -c 'exit 0'",
     "tcpmux/+foo stream tcp nowait root /bin/sh - args=\"sh -c 'exit 0'\"\n"},
    {"7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root /bin/cat other name",
     "7007 stream tcp nowait root /bin/cat 0.0.0.0:7007 [::]:7007 args=\"other name\"\n"},
    {"7007 stream tcp nowait root /bin/sh sh -c 'a  \"b\" # c'",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 args=\"sh -c 'a  \\\"b\\\" # "
     "c'\"\n"},
    {"7007 stream tcp nowait root /bin/sh sh \"-c\" a\"b c\"d # literal",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 args=\"sh -c 'ab cd' '#' "
     "literal\"\n"},
    {"7007 stream tcp nowait root '/bin/sh'",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007\tstream\ttcp\tnowait\troot\t/bin/sh\tsh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root /bin/sh\r\n"
     "7008 stream tcp nowait root /bin/sh\r\n",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"
     "7008 stream tcp nowait root /bin/sh 0.0.0.0:7008 [::]:7008\n"},
    {"7007 stream tcp nowait root\n"
     "  /bin/sh\n"
     "\tsh -u\n"
     "7008 stream tcp4 nowait root /bin/sh\n",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 args=\"sh -u\"\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 stream tcp nowait root \\\n"
     "/bin/sh sh \\\n"
     " -u\n"
     "7008 stream tcp4 nowait root /bin/sh\n",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 args=\"sh -u\"\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 stream tcp nowait root\n"
     "# no\n"
     " /bin/sh\n",
     "1:28: error: the line ends early: missing program\n"
     "3:9: error: the line ends early: missing socket type, protocol, wait or nowait, user and "
     "program\n"},
    {"7007 stream tcp nowait root /bin/sh\n"
     "\n"
     "  -u x\n",
     "3:7: error: the line ends early: missing protocol, wait or nowait, user and program\n"
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"#<off># 7007 stream tcp nowait root /bin/sh\n"
     "  # and a comment\n",
     ""},
    {"127.0.0.1:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"},
    {"*:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"0.0.0.0:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007\n"},
    {"[::]:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [::]:7007\n"},
    {"[::1]:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [::1]:7007\n"},
    {"::1:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [::1]:7007\n"},
    {"2001:db8::7:7007 stream tcp6 nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [2001:db8::7]:7007\n"},
    {"::1:7007 stream tcp46 nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [::1]:7007\n"},
    {"127.0.0.1:7007 stream tcp46 nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"},
    {"fe80::1%lo:7007 stream tcp6 nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [fe80::1%lo]:7007\n"},
    {"[fe80::1%lo]:7007 stream tcp6 nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [fe80::1%lo]:7007\n"},
    {"127.0.0.1,::1,127.0.0.2:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 127.0.0.1:7007 [::1]:7007 127.0.0.2:7007\n"},
    {"127.0.0.1,127.0.0.1:7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"},
    {"127.0.0.1,[::1]:echo dgram udp wait root internal",
     "echo dgram udp wait root internal:echo 127.0.0.1:7 [::1]:7 ip_max=600\n"},
    {"localhost:7007 stream tcp4 nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"},
    {"127.0.0.1:\n"
     "7007 stream tcp nowait root /bin/sh\n"
     "::1,127.0.0.2:7008 stream tcp nowait root /bin/sh\n"
     "7009 dgram udp wait root /bin/sh\n"
     "*:\n"
     "7007 stream tcp6 nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"
     "7008 stream tcp nowait root /bin/sh [::1]:7008 127.0.0.2:7008\n"
     "7009 dgram udp4 wait root /bin/sh 127.0.0.1:7009\n"
     "7007 stream tcp6 nowait root /bin/sh [::]:7007\n"},
    {"::1:\n"
     "7007 stream tcp nowait root /bin/sh\n"
     "[::1]:\n"
     "7008 stream tcp nowait root /bin/sh",
     "7007 stream tcp6 nowait root /bin/sh [::1]:7007\n"
     "7008 stream tcp6 nowait root /bin/sh [::1]:7008\n"},
    {"127.0.0.1,127.0.0.2:\n"
     "7007 stream tcp nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007 127.0.0.2:7007\n"},
    {"127.0.0.1:\n"
     "/run/x stream unix nowait root /bin/sh\n"
     "tcpmux/x stream tcp nowait root /bin/sh",
     "/run/x stream unix nowait root /bin/sh /run/x\n"
     "tcpmux/x stream tcp nowait root /bin/sh -\n"},
    {"/run/x stream unix nowait root /bin/sh", "/run/x stream unix nowait root /bin/sh /run/x\n"},
    {"/run/x stream unix wait root /bin/sh", "/run/x stream unix wait root /bin/sh /run/x\n"},
    {"/run/x dgram unix wait root /bin/sh", "/run/x dgram unix wait root /bin/sh /run/x\n"},
    {"/run/x seqpacket unix nowait root /bin/sh",
     "/run/x seqpacket unix nowait root /bin/sh /run/x\n"},
    {"/run/x seqpacket unix wait root /bin/sh", "/run/x seqpacket unix wait root /bin/sh /run/x\n"},
    {":root:daemon:0600:/run/x stream unix nowait root /bin/sh",
     "/run/x stream unix nowait root /bin/sh /run/x unix_user=root unix_group=daemon "
     "unix_mode=0600\n"},
    {":::660:/run/x stream unix nowait root /bin/sh",
     "/run/x stream unix nowait root /bin/sh /run/x unix_mode=0660\n"},
    {":daemon:::/run/a:b stream unix nowait root /bin/sh",
     "/run/a:b stream unix nowait root /bin/sh /run/a:b unix_user=daemon\n"},
    {"7007 stream tcp wait root /bin/sh",
     "7007 stream tcp wait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 dgram udp wait root /bin/sh",
     "7007 dgram udp wait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 dgram udp nowait root /bin/sh",
     "7007 dgram udp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp,sndbuf=16k nowait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 sndbuf=16384\n"},
    {"7007 stream tcp4,sndbuf=1m,rcvbuf=1000 nowait root /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 sndbuf=1048576 recvbuf=1000\n"},
    {"7007 dgram udp,recvbuf=64k wait root /bin/sh",
     "7007 dgram udp wait root /bin/sh 0.0.0.0:7007 [::]:7007 recvbuf=65536\n"},
    {"7007 stream tcp nowait.5 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 service_max=5\n"},
    {"7007 stream tcp nowait:40 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 service_max=40\n"},
    {"7007 dgram udp wait.7 root /bin/sh",
     "7007 dgram udp wait root /bin/sh 0.0.0.0:7007 [::]:7007 service_max=7\n"},
    {"7007 stream tcp nowait.0 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait/10 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=10\n"},
    {"7007 stream tcp nowait/10/20 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=10 ip_max=20\n"},
    {"7007 stream tcp nowait/10/20/5 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=10 source_max=5 "
     "ip_max=20\n"},
    {"7007 stream tcp nowait/0/0/0 root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=0\n"},
    {"7007 dgram udp wait/3 root /bin/sh",
     "7007 dgram udp wait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=3\n"},
    {"7007 stream tcp nowait nobody:daemon /bin/sh",
     "7007 stream tcp nowait nobody:daemon /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait nobody.daemon /bin/sh",
     "7007 stream tcp nowait nobody:daemon /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait 0 /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait 0:54321 /bin/sh",
     "7007 stream tcp nowait root:54321 /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait 54321:54321 /bin/sh",
     "7007 stream tcp nowait 54321:54321 /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root/daemon /bin/sh",
     "1:24: warning: login class \"daemon\" is ignored: this system has none\n"
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root:daemon/staff /bin/sh",
     "1:24: warning: login class \"staff\" is ignored: this system has none\n"
     "7007 stream tcp nowait root:daemon /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root.daemon/staff /bin/sh",
     "1:24: warning: login class \"staff\" is ignored: this system has none\n"
     "7007 stream tcp nowait root:daemon /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root /no/such/program",
     "1:29: warning: program \"/no/such/program\" is missing: No such file or directory\n"
     "7007 stream tcp nowait root /no/such/program 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root /etc/passwd",
     "1:29: warning: program \"/etc/passwd\" is not executable\n"
     "7007 stream tcp nowait root /etc/passwd 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp nowait root /bin",
     "1:29: warning: program \"/bin\" is a folder\n"
     "7007 stream tcp nowait root /bin 0.0.0.0:7007 [::]:7007\n"},
    {"echo stream tcp nowait root internal\n"
     "echo stream tcp6 nowait root /bin/sh",
     "echo stream tcp nowait root internal:echo 0.0.0.0:7\n"
     "echo stream tcp6 nowait root /bin/sh [::]:7\n"},
    {"echo stream tcp nowait root internal\n"
     "echo stream tcp nowait nobody internal",
     "1:1: warning: \"echo\" (tcp, 0.0.0.0:7) is served by the later entry at test.conf:2\n"
     "echo stream tcp nowait nobody internal:echo 0.0.0.0:7 [::]:7\n"},
    {"7007 stream tcp nowait root /bin/sh\n"
     "7007 dgram udp wait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"
     "7007 dgram udp wait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 stream tcp46 nowait root /bin/sh\n"
     "7007 stream tcp4 nowait nobody /bin/sh",
     "1:1: warning: \"7007\" (tcp46, 0.0.0.0:7007) is served by the later entry at test.conf:2\n"
     "7007 stream tcp6 nowait root /bin/sh [::]:7007\n"
     "7007 stream tcp4 nowait nobody /bin/sh 0.0.0.0:7007\n"},
    {"127.0.0.1:7007 stream tcp nowait root /bin/sh\n"
     "7007 stream tcp nowait nobody /bin/sh",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"
     "7007 stream tcp nowait nobody /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"tcpmux/x stream tcp nowait root /bin/sh\n"
     "tcpmux/X stream tcp nowait nobody /bin/sh",
     "1:1: warning: \"tcpmux/x\" (tcp, tcpmux/x) is served by the later entry at test.conf:2\n"
     "tcpmux/X stream tcp nowait nobody /bin/sh -\n"},
    {"/run/x stream unix nowait root /bin/sh\n"
     "/run/x stream unix nowait nobody /bin/sh",
     "1:1: warning: \"/run/x\" (unix, /run/x) is served by the later entry at test.conf:2\n"
     "/run/x stream unix nowait nobody /bin/sh /run/x\n"},
};

/* Sun RPC. */
static const struct conf_case rpc_cases[] = {
    {"100001/1-3 tli rpc/udp,tcp wait root /bin/cat cat",
     "100001/1-3 dgram rpc/udp wait root /bin/cat 0.0.0.0:0 [::]:0\n"
     "100001/1-3 stream rpc/tcp wait root /bin/cat 0.0.0.0:0 [::]:0\n"},
    {"100001/2 dgram rpc/udp4,udp6 wait root /bin/cat cat",
     "100001/2 dgram rpc/udp4 wait root /bin/cat 0.0.0.0:0\n"
     "100001/2 dgram rpc/udp6 wait root /bin/cat [::]:0\n"},
    {"100232/10 tli rpc/tcp,udp wait nosuchuser /bin/cat cat",
     "1:32: error: no such user \"nosuchuser\"\n"},
    {"100232/10 stream rpc/tcp,udp wait root /bin/cat cat",
     "1:11: error: socket type \"stream\" does not fit both protocols\n"},
    {"100232/10 tli rpc/tcp,udp,udp6 wait root /bin/cat cat",
     "1:27: error: \"udp6\" is a protocol too many: write an entry for each\n"},
    {"100001/2-4 tli rpc/datagram_v wait root /usr/lib/netsvc/rstat/rpc.rstatd rpc.rstatd",
     "1:16: error: \"rpc/datagram_v\" is Solaris': write \"rpc/udp\"\n"},
    {"rusersd/2-3 tli rpc/datagram_v,circuit_v wait root /bin/cat cat",
     "1:17: error: \"rpc/datagram_v\" with \"circuit_v\" is Solaris': write \"rpc/tcp,udp\"\n"},
    {"100001/2-4 tli rpc/* wait root /bin/cat cat",
     "1:16: error: \"rpc/*\" is Solaris': write \"rpc/tcp,udp\"\n"},
    {"100155/1 tli rpc/ticotsord wait root /bin/cat cat",
     "1:14: error: \"rpc/ticotsord\" is Solaris', a transport inside one machine: leave the entry "
     "out\n"},
    {"rpc dgram udp wait root /bin/cat 100068 2-5 rpc.cmsd",
     "1:1: error: an RPC service of HP-UX: write \"100068/2-5 dgram rpc/udp\", and only the "
     "program's name and arguments behind its path\n"},
    {"rstatd sunrpc_udp udp wait root /bin/cat rstatd 100001 1-3",
     "1:8: error: \"sunrpc_udp\" is AIX's: write \"100001/1-3 dgram rpc/udp\", without the numbers "
     "at the line's end\n"},
    {"cmsd sunrpc_tcp tcp wait root /bin/cat",
     "1:6: error: \"sunrpc_tcp\" is AIX's: write \"NUMBER/VERSIONS stream rpc/tcp\", without the "
     "numbers at the line's end\n"},
    {"100001/1-3 dgram rpc/udp wait root /bin/sh",
     "100001/1-3 dgram rpc/udp wait root /bin/sh 0.0.0.0:0 [::]:0\n"},
    {"100001/2 stream rpc/tcp nowait root /bin/sh",
     "100001/2 stream rpc/tcp nowait root /bin/sh 0.0.0.0:0 [::]:0\n"},
    {"100001/2 stream rpc/tcp4 wait root /bin/sh",
     "100001/2 stream rpc/tcp4 wait root /bin/sh 0.0.0.0:0\n"},
    {"127.0.0.1:100001/2 dgram rpc/udp4 wait root /bin/sh",
     "100001/2 dgram rpc/udp4 wait root /bin/sh 127.0.0.1:0\n"},
    {"100001/2 dgram rpc/udp6 wait root /bin/sh",
     "100001/2 dgram rpc/udp6 wait root /bin/sh [::]:0\n"},
    {"100001 stream rpc/tcp nowait root /bin/sh",
     "1:1: error: RPC service \"100001\" lacks a version: NAME/VERSION or NAME/LOW-HIGH\n"},
    {"100001/ stream rpc/tcp nowait root /bin/sh",
     "1:1: error: RPC service \"100001/\" lacks a version: NAME/VERSION or NAME/LOW-HIGH\n"},
    {"100001/3-2 stream rpc/tcp nowait root /bin/sh",
     "1:8: error: RPC versions \"3-2\" run backwards\n"},
    {"100001/1-x stream rpc/tcp nowait root /bin/sh",
     "1:10: error: RPC version \"x\" is not a number\n"},
    {"100001/70000 stream rpc/tcp nowait root /bin/sh",
     "1:8: error: RPC version \"70000\" is out of range (1-65535)\n"},
    {"nosuchprogram/1 stream rpc/tcp nowait root /bin/sh",
     "1:1: error: unknown RPC program \"nosuchprogram\"\n"},
    {"99999999999/1 stream rpc/tcp nowait root /bin/sh",
     "1:1: error: RPC program \"99999999999\" is out of range (1-4294967295)\n"},
    {"100001/1 dgram rpc/tcp wait root /bin/sh",
     "1:10: error: socket type \"dgram\" does not fit protocol \"rpc/tcp\"\n"},
};

/* Classic lines and directives that are not. */
static const struct conf_case bad_cases[] = {
    {"7007 stream:httpready tcp nowait root /bin/sh",
     "1:13: error: accept filter \"httpready\" is not there: \"dataready\" is\n"},
    {"7007 stream tcp nowait /bin/cat cat",
     "1:24: error: the user is missing before \"/bin/cat\"\n"},
    {"7007 stream tcp nowait /bin/cat", "1:24: error: the user is missing before \"/bin/cat\"\n"},
    {"7007 stream tcp,udp nowait root /bin/cat",
     "1:17: error: unknown protocol option \"udp\": sndbuf=N or rcvbuf=N is known\n"},
    {"127.0.0.2:70000 stream tcp nowait root /bin/sh\n"
     "7008 stream tcp nowait root /bin/sh",
     "1:11: error: port \"70000\" is out of range (1-65535)\n"
     "7008 stream tcp nowait root /bin/sh 0.0.0.0:7008 [::]:7008\n"},
    {"7007 stream tcp nowait root /bin/sh @LONG@ 'x", "1:5038: error: unterminated quote\n"},
    {"127.0.0.300:\n"
     "7007 stream tcp nowait root /bin/sh",
     "1:1: error: \"127.0.0.300\" is not an address\n"},
    {"7007", "1:5: error: the line ends early: missing socket type, protocol, wait or nowait, user "
             "and program\n"},
    {"7007 stream",
     "1:12: error: the line ends early: missing protocol, wait or nowait, user and program\n"},
    {"7007 stream tcp",
     "1:16: error: the line ends early: missing wait or nowait, user and program\n"},
    {"7007 stream tcp nowait", "1:23: error: the line ends early: missing user and program\n"},
    {"7007 stream tcp nowait root", "1:28: error: the line ends early: missing program\n"},
    {"7007 stream tcp nowait root\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:28: error: the line ends early: missing program\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"0 stream tcp nowait root /bin/sh", "1:1: error: port \"0\" is out of range (1-65535)\n"},
    {"70000 stream tcp nowait root /bin/sh",
     "1:1: error: port \"70000\" is out of range (1-65535)\n"},
    {"99999999999999999999999 stream tcp nowait root /bin/sh",
     "1:1: error: port \"99999999999999999999999\" is out of range (1-65535)\n"},
    {"7007x stream tcp nowait root /bin/sh",
     "1:1: error: unknown service \"7007x\" for tcp: write a number, or add it to /etc/services\n"},
    {"-1 stream tcp nowait root /bin/sh",
     "1:1: error: unknown service \"-1\" for tcp: write a number, or add it to /etc/services\n"},
    {"ehco stream tcp nowait root internal",
     "1:1: error: unknown service \"ehco\" for tcp (did you mean \"echo\"?): write a "
     "number, or add it to /etc/services\n"},
    {"no-such-service-at-all stream tcp nowait root /bin/sh",
     "1:1: error: unknown service \"no-such-service-at-all\" for tcp: write a number, or add it to "
     "/etc/services\n"},
    {"7007/1 stream tcp nowait root /bin/sh", "1:1: error: unknown service \"7007/1\" for tcp: "
                                              "write a number, or add it to /etc/services\n"},
    {"7007 streem tcp nowait root /bin/sh",
     "1:6: error: unknown socket type \"streem\" (did you mean \"stream\"?)\n"},
    {"7007 Stream tcp nowait root /bin/sh",
     "1:6: error: unknown socket type \"Stream\" (did you mean \"stream\"?)\n"},
    {"7007 stream tpc nowait root /bin/sh",
     "1:13: error: unknown protocol \"tpc\" (did you mean \"tcp\"?)\n"},
    {"7007 stream sctp nowait root /bin/sh",
     "1:13: error: unknown protocol \"sctp\" (did you mean \"tcp\"?)\n"},
    {"7007 stream udp nowait root /bin/sh",
     "1:6: error: socket type \"stream\" does not fit protocol \"udp\"\n"},
    {"7007 dgram tcp nowait root /bin/sh",
     "1:6: error: socket type \"dgram\" does not fit protocol \"tcp\"\n"},
    {"7007 seqpacket tcp nowait root /bin/sh",
     "1:6: error: socket type \"seqpacket\" does not fit protocol \"tcp\"\n"},
    {"7007 rdm udp wait root /bin/sh",
     "1:6: error: socket type \"rdm\" does not fit protocol \"udp\"\n"},
    {"7007 raw tcp nowait root /bin/sh",
     "1:6: error: socket type \"raw\" does not fit protocol \"tcp\"\n"},
    {"/run/x raw unix nowait root /bin/sh",
     "1:8: error: socket type \"raw\" does not fit protocol \"unix\"\n"},
    {"7007 stream tcp nowiat root /bin/sh",
     "1:17: error: unknown wait field \"nowiat\" (did you mean \"nowait\"?)\n"},
    {"7007 stream tcp no root /bin/sh", "1:17: error: unknown wait field \"no\"\n"},
    {"7007 stream tcp nowait. root /bin/sh", "1:17: error: unknown wait field \"nowait.\"\n"},
    {"7007 stream tcp nowait.x root /bin/sh", "1:24: error: limit \"x\" is not a number\n"},
    {"7007 stream tcp nowait.-1 root /bin/sh", "1:24: error: limit \"-1\" is not a number\n"},
    {"7007 stream tcp nowait.5.6 root /bin/sh", "1:24: error: limit \"5.6\" is not a number\n"},
    {"7007 stream tcp nowait/1/2/3/4 root /bin/sh",
     "1:17: error: wait field \"nowait/1/2/3/4\" has more than "
     "/children/per-ip-per-minute/children-per-ip\n"},
    {"7007 stream tcp nowait/1//3 root /bin/sh", "1:26: error: limit \"\" is not a number\n"},
    {"7007 stream tcp nowait.99999999 root /bin/sh",
     "1:24: error: limit \"99999999\" is out of range (0-1000000)\n"},
    {"7007 stream tcp nowait nosuchuser /bin/sh", "1:24: error: no such user \"nosuchuser\"\n"},
    {"7007 stream tcp nowait root:nosuchgroup /bin/sh",
     "1:29: error: no such group \"nosuchgroup\"\n"},
    {"7007 stream tcp nowait root.nosuchgroup /bin/sh",
     "1:29: error: no such group \"nosuchgroup\"\n"},
    {"7007 stream tcp nowait nosuchuser.daemon /bin/sh",
     "1:24: error: no such user \"nosuchuser.daemon\"\n"},
    {"7007 stream tcp nowait root: /bin/sh", "1:24: error: \"root:\" lacks a group\n"},
    {"7007 stream tcp nowait :daemon /bin/sh", "1:24: error: \":daemon\" lacks a user\n"},
    {"7007 stream tcp nowait 54321 /bin/sh",
     "1:24: error: user \"54321\": a uid without a passwd entry needs a group\n"},
    {"7007 stream tcp nowait root bin/sh",
     "1:29: error: program \"bin/sh\" is not an absolute path\n"},
    {"7007 stream tcp nowait root \"internal\"",
     "1:29: error: program \"internal\" is not an absolute path\n"},
    {"7007 stream tcp nowait root internal", "1:1: error: no builtin is named \"7007\"\n"},
    {"7007 stream tcp nowait root internal ecko",
     "1:38: error: no builtin is named \"ecko\" (did you mean \"echo\"?)\n"},
    {"echo stream tcp nowait root internal echo -x",
     "1:43: error: \"-x\": a builtin takes no arguments\n"},
    {"echo stream tcp wait root internal",
     "1:17: error: the builtin \"echo\" must be \"nowait\"\n"},
    {"/run/echo dgram unix wait root internal",
     "1:17: error: the builtin \"echo\" is for tcp and udp services\n"},
    {"/run/x stream unix nowait root internal tcpmux",
     "1:15: error: the builtin \"tcpmux\" is for tcp and udp services\n"},
    {"/run/ecko stream unix nowait root internal",
     "1:1: error: no builtin is named \"/run/ecko\" (did you mean \"echo\"?)\n"},
    {"tcpmux dgram udp wait root internal", "1:1: error: no builtin is named \"tcpmux\"\n"},
    {"7007 stream tcp,sndbuf=x nowait root /bin/sh",
     "1:24: error: buffer size \"x\" is not a size (a number, then k, m, g or nothing)\n"},
    {"7007 stream tcp,sndbuf=0 nowait root /bin/sh",
     "1:24: error: buffer size \"0\" is out of range (1-2147483647)\n"},
    {"7007 stream tcp,foo=1 nowait root /bin/sh",
     "1:17: error: unknown protocol option \"foo=1\": sndbuf=N or rcvbuf=N is known\n"},
    {"7007 stream tcp,sndbuf=99999999999 nowait root /bin/sh",
     "1:24: error: buffer size \"99999999999\" is out of range (1-2147483647)\n"},
    {"127.0.0.1:7007 stream tcp6 nowait root /bin/sh",
     "1:1: error: address \"127.0.0.1\" is IPv4, which protocol \"tcp6\" does not take\n"},
    {"::1:7007 stream tcp4 nowait root /bin/sh",
     "1:1: error: address \"::1\" is IPv6, which protocol \"tcp4\" does not take\n"},
    {"127.0.0.1,::1:7007 stream tcp4 nowait root /bin/sh",
     "1:11: error: address \"::1\" is IPv6, which protocol \"tcp4\" does not take\n"},
    {"127.0.0:7007 stream tcp nowait root /bin/sh", "1:1: error: \"127.0.0\" is not an address\n"},
    {"127.0.0.1,,::1:7007 stream tcp nowait root /bin/sh",
     "1:11: error: an address is missing in \"127.0.0.1,,::1:7007\"\n"},
    {"[::1]7007 stream tcp nowait root /bin/sh",
     "1:1: error: the service is missing after the address \"[::1]7007\"\n"},
    {"[::1] stream tcp nowait root /bin/sh",
     "1:1: error: the service is missing after the address \"[::1]\"\n"},
    {"127.0.0.1: stream tcp nowait root /bin/sh",
     "1:1: error: the service is missing after the address \"127.0.0.1:\"\n"},
    {"a b:7007 stream tcp nowait root /bin/sh", "1:3: error: unknown socket type \"b:7007\"\n"
                                                "1:17: error: unknown wait field \"tcp\"\n"
                                                "1:21: error: no such user \"nowait\"\n"},
    {"bad!host:7007 stream tcp nowait root /bin/sh",
     "1:1: error: \"bad!host\" is not an address\n"},
    {"127.0.0.1:\n"
     "7007 stream tcp6 nowait root /bin/sh\n"
     "7008 stream tcp nowait root /bin/sh",
     "2:1: error: the default address \"127.0.0.1\" is IPv4, which protocol \"tcp6\" does not "
     "take\n"
     "7008 stream tcp4 nowait root /bin/sh 127.0.0.1:7008\n"},
    {":\n"
     "7007 stream tcp nowait root /bin/sh",
     "1:1: error: an address is missing in \":\"\n"},
    {".defaults bind = 127.0.0.1 127.0.0.300;\n"
     "7007 stream tcp nowait root /bin/sh\n"
     "7008 stream tcp nowait nosuchuser /bin/sh\n"
     "7009 stream tcp nowait root /bin/sh\n"
     "127.0.0.2:\n"
     "7010 stream tcp nowait root /bin/sh\n"
     "bad!host:\n"
     "7011 stream tcp nowait root /bin/sh\n",
     "1:28: error: \"127.0.0.300\" is not an address\n"
     "3:24: error: no such user \"nosuchuser\"\n"
     "7:1: error: \"bad!host\" is not an address\n"
     "7010 stream tcp4 nowait root /bin/sh 127.0.0.2:7010\n"},
    {"/run/x stream tcp nowait root /bin/sh",
     "1:15: error: the path \"/run/x\" needs protocol \"unix\"\n"},
    {"7007 stream unix nowait root /bin/sh",
     "1:1: error: service \"7007\" is not an absolute path, as protocol \"unix\" needs\n"},
    {"/run/x dgram unix nowait root /bin/sh",
     "1:19: error: a unix dgram service must be \"wait\"\n"},
    {"/@PATH@ stream unix nowait root /bin/sh",
     "1:1: error: the path \"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is "
     "too long for a socket (107 bytes)\n"},
    {":root:daemon:/run/x stream unix nowait root /bin/sh",
     "1:1: error: \":root:daemon:/run/x\" is not :user:group:mode:/path\n"},
    {":root:daemon:999:/run/x stream unix nowait root /bin/sh",
     "1:14: error: mode \"999\" is not an octal mode\n"},
    {":nosuchuser:daemon:600:/run/x stream unix nowait root /bin/sh",
     "1:2: error: no such user \"nosuchuser\"\n"},
    {":root:nosuchgroup:600:/run/x stream unix nowait root /bin/sh",
     "1:7: error: no such group \"nosuchgroup\"\n"},
    {"tcpmux/x stream tcp wait root /bin/sh", "1:21: error: a tcpmux service must be \"nowait\"\n"},
    {"tcpmux/x dgram udp wait root /bin/sh",
     "1:16: error: a tcpmux service does not fit protocol \"udp\"\n"},
    {"tcpmux/ stream tcp nowait root /bin/sh",
     "1:1: error: \"tcpmux/\" is no name for a tcpmux service\n"},
    {"tcpmux/+ stream tcp nowait root /bin/sh",
     "1:1: error: \"tcpmux/+\" is no name for a tcpmux service\n"},
    {"tcpmux/HELP stream tcp nowait root /bin/sh",
     "1:1: error: \"tcpmux/HELP\" is no name for a tcpmux service\n"},
    {"127.0.0.1:tcpmux/x stream tcp nowait root /bin/sh",
     "1:1: error: \"tcpmux/x\" has no address of its own: \"127.0.0.1\"\n"},
    {"7007 stream tcp nowait root /bin/sh 'unterminated\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:37: error: unterminated quote\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"'7007 stream tcp nowait root /bin/sh\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:1: error: unterminated quote\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 stream \"tcp nowait root /bin/sh\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:13: error: unterminated quote\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"\"\" stream tcp nowait root /bin/sh\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:1: error: the service is empty\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 stream tcp nowiat nosuchuser /no/such\n"
     "127.0.0.2:\n"
     "7008 stream tcp nowait root /bin/sh",
     "1:17: error: unknown wait field \"nowiat\" (did you mean \"nowait\"?)\n"
     "1:24: error: no such user \"nosuchuser\"\n"
     "1:35: warning: program \"/no/such\" is missing: No such file or directory\n"
     "7008 stream tcp4 nowait root /bin/sh 127.0.0.2:7008\n"},
    {".inculde /x", "1:1: error: unknown directive \".inculde\" (did you mean \".include\"?)\n"},
    {".unknown", "1:1: error: unknown directive \".unknown\"\n"},
    {".include", "1:1: error: \".include\" needs a file name\n"},
    {".include a b", "1:12: error: \"b\" is a value too many: \".include\" takes one\n"},
    {".include /no/such/file", "1:10: error: \"/no/such/file\" is not there\n"},
    {".include /no/such/*.conf", ""},
    {"#@ in ipsec esp/transport//require\n"
     "7007 stream tcp nowait root /bin/sh\n"
     "#@\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "2:1: error: \"7007\" is not served: the IPsec policy of line 1 is not supported on this "
     "system\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
};

/* Definitions and .defaults that are good. */
static const struct conf_case definition_cases[] = {
    {"7007 on name = first, protocol = tcp4, user = root, exec = /bin/sh;"
     "7008 on protocol = tcp4, name = second.7008, user = root, exec = /bin/sh, nice = 1;",
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 name=first\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008 name=second.7008 nice=1\n"},
    {"7007 on protocol = tcp4, user = root, exec = /bin/sh, acceptfilter = dataready, keepalive = "
     "2m/5/3, user_timeout = 1500ms;",
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 keepalive=120s/5s/3 user_timeout=1500ms "
     "defer=30s\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on socktype=stream,user=root,exec=/bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on socktype = dgram, user = root, exec = /bin/sh;",
     "7007 dgram udp wait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on socktype = dgram, wait = no, user = root, exec = /bin/sh;",
     "7007 dgram udp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on protocol = tcp, wait = yes, user = root, exec = /bin/sh;",
     "7007 stream tcp wait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on # comment, with ; in it\n"
     "  protocol # why\n"
     " = tcp ,\n"
     "\n"
     " user = root,\n"
     "exec = /bin/sh,\n"
     "args = sh -c 'a; b, c # d'\n"
     ";\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 args=\"sh -c 'a; b, c # d'\"\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 off protocol = tcp, user = root, exec = /bin/sh;", ""},
    {"7007 off protocol = tcp, user = root, exec = no-such-sh;",
     "1:46: error: program \"no-such-sh\" is not an absolute path\n"},
    {"echo on socktype = stream, user = root;",
     "echo stream tcp nowait root internal:echo 0.0.0.0:7 [::]:7\n"},
    {"echo on protocol = udp, user = nobody;",
     "echo dgram udp wait nobody internal:echo 0.0.0.0:7 [::]:7 ip_max=600\n"},
    {"echo on protocol = udp, user = root, builtin = echo;",
     "echo dgram udp wait root internal:echo 0.0.0.0:7 [::]:7 ip_max=600\n"},
    {"7007 on protocol = tcp, user = root, builtin = echo;",
     "7007 stream tcp nowait root internal:echo 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on protocol = tcp, user = root, exec = internal, args = echo;",
     "7007 stream tcp nowait root internal:echo 0.0.0.0:7007 [::]:7007\n"},
    {"daytime on protocol = udp, user = root;",
     "daytime dgram udp wait root internal:daytime 0.0.0.0:13 [::]:13 ip_max=60\n"},
    {"daytime on protocol = udp, user = root, ip_max = 0;",
     "daytime dgram udp wait root internal:daytime 0.0.0.0:13 [::]:13\n"},
    {"daytime on protocol = udp, user = root, ip_max = 5/s;",
     "daytime dgram udp wait root internal:daytime 0.0.0.0:13 [::]:13 ip_max=5/s\n"},
    {"tcpmux/foo on user = root, exec = /bin/sh;", "tcpmux/foo stream tcp nowait root /bin/sh -\n"},
    {"/run/x on user = root, exec = /bin/sh;", "/run/x stream unix nowait root /bin/sh /run/x\n"},
    {"/run/x on socktype = dgram, user = root, exec = /bin/sh;",
     "/run/x dgram unix wait root /bin/sh /run/x\n"},
    {"/run/x on socktype = seqpacket, user = root, exec = /bin/sh, unix_user = root, unix_group = "
     "daemon, unix_mode = 0600;",
     "/run/x seqpacket unix nowait root /bin/sh /run/x unix_user=root unix_group=daemon "
     "unix_mode=0600\n"},
    {"7007 on protocol = tcp, bind = 127.0.0.1, user = root, exec = /bin/sh;",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"},
    {"7007 on protocol = tcp, bind = 127.0.0.1 ::1, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 127.0.0.1:7007 [::1]:7007\n"},
    {"127.0.0.1:7007 on protocol = tcp, user = root, exec = /bin/sh;",
     "7007 stream tcp4 nowait root /bin/sh 127.0.0.1:7007\n"},
    {"127.0.0.1:\n"
     "7007 on protocol = tcp, bind = *, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on protocol = tcp, sndbuf = 16k, recvbuf = 32k, backlog = 10, keepalive = yes, nodelay "
     "= on, freebind = true, device = lo, reuseport = yes, tos = 16, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 sndbuf=16384 recvbuf=32768 "
     "backlog=10 keepalive=yes nodelay=yes freebind=yes device=lo reuseport=yes tos=16\n"},
    {"7007 on protocol = tcp, accept_max = 5, service_max = 10/s burst 20, source_max = 3, ip_max "
     "= 2/m, source_prefix = 24/48, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=5 service_max=\"10/s "
     "burst 20\" source_max=3 ip_max=2 source_prefix=24/48\n"},
    {"7007 on protocol = tcp, accept_max = 0, service_max = 7/h, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=0 service_max=7/h\n"},
    {"7007 on protocol = tcp, allow = 10.0.0.0/8 ::1 uid:7, deny = 10.1.2.3, hosts_access = no, "
     "user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 allow=10.0.0.0/8 allow=::1/128 "
     "allow=uid:7 deny=10.1.2.3/32\n"},
    {"7007 on protocol = tcp, timeout = 90s, linger = 500ms, umask = 077, nice = -5, directory = "
     "/tmp, chroot = /, stderr = log, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 timeout=90s linger=500ms "
     "umask=0077 nice=-5 directory=/tmp chroot=/ stderr=log\n"},
    {"7007 on protocol = tcp, env = A=b=c \"D=e f\", pass_env = HOME TZ, user = root, exec = "
     "/bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 env=\"A=b=c\" env=\"D=e f\" "
     "pass_env=HOME pass_env=TZ\n"},
    {"7007 on protocol = tcp, rlimit_nofile = 20, rlimit_cpu = 10:20, rlimit_as = 64m:unlimited, "
     "rlimit_core = 0, user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 rlimit_as=67108864:unlimited "
     "rlimit_core=0 rlimit_cpu=10:20 rlimit_nofile=20\n"},
    {"7007 on protocol = tcp, user = nobody, group = daemon, exec = /bin/sh;",
     "7007 stream tcp nowait nobody:daemon /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {"7007 on protocol = tcp, user = nobody, groups = daemon sys, exec = /bin/sh;",
     "7007 stream tcp nowait nobody /bin/sh 0.0.0.0:7007 [::]:7007 groups=daemon,sys\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/cat, args = \"a\\x41\\t\\\"\\n\" 'b\\\\';",
     "7007 stream tcp nowait root /bin/cat 0.0.0.0:7007 [::]:7007 args=\"'aA\\t\\\"\\n' b\\\\\"\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/sh, stderr = null; 7008 on protocol = tcp4, "
     "user = root, exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 stderr=null\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"echo off;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:1: error: \"socktype\" or \"protocol\" is missing\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {".defaults user = nobody, accept_max = 3;\n"
     "7007 on protocol = tcp, exec = /bin/sh;\n"
     "7008 on protocol = tcp, exec = /bin/sh, accept_max = 4, user = root;\n"
     "7009 stream tcp nowait root /bin/sh",
     "7007 stream tcp nowait nobody /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=3\n"
     "7008 stream tcp nowait root /bin/sh 0.0.0.0:7008 [::]:7008 accept_max=4\n"
     "7009 stream tcp nowait root /bin/sh 0.0.0.0:7009 [::]:7009 accept_max=3\n"},
    {".defaults accept_max = 3, source_max = 2;\n"
     ".defaults accept_max = 5;\n"
     "7009 stream tcp nowait/9 root /bin/sh\n"
     "7010 stream tcp nowait root /bin/sh",
     "7009 stream tcp nowait root /bin/sh 0.0.0.0:7009 [::]:7009 accept_max=9 source_max=2\n"
     "7010 stream tcp nowait root /bin/sh 0.0.0.0:7010 [::]:7010 accept_max=5 source_max=2\n"},
    {".defaults bind = 127.0.0.1;\n"
     "7009 stream tcp nowait root /bin/sh\n"
     "127.0.0.2:7010 stream tcp nowait root /bin/sh\n"
     ".defaults bind = *;\n"
     "7011 stream tcp nowait root /bin/sh",
     "7009 stream tcp4 nowait root /bin/sh 127.0.0.1:7009\n"
     "7010 stream tcp4 nowait root /bin/sh 127.0.0.2:7010\n"
     "7011 stream tcp nowait root /bin/sh 0.0.0.0:7011 [::]:7011\n"},
    {".defaults user = nobody, group = daemon;\n"
     "7007 on protocol = tcp, exec = /bin/sh;\n"
     "7008 on protocol = tcp, exec = /bin/sh, user = nobody;",
     "7007 stream tcp nowait nobody:daemon /bin/sh 0.0.0.0:7007 [::]:7007\n"
     "7008 stream tcp nowait nobody /bin/sh 0.0.0.0:7008 [::]:7008\n"},
    {".defaults allow = 10.0.0.0/8, deny = 10.1.0.0/16;\n"
     "7007 on protocol = tcp4, user = root, exec = /bin/sh, allow = ::1;",
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 allow=::1/128 deny=10.1.0.0/16\n"},
    {".defaults unix_mode = 600, nodelay = yes;\n"
     "/run/x stream unix nowait root /bin/sh\n"
     "7007 stream tcp4 nowait root /bin/sh",
     "/run/x stream unix nowait root /bin/sh /run/x unix_mode=0600\n"
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 nodelay=yes\n"},
    {".defaults ip_max = 0;\n"
     ".defaults accept_max = 3;\n"
     "time dgram udp4 wait root internal",
     "time dgram udp4 wait root internal:time 0.0.0.0:37 accept_max=3\n"},
    {".defaults ip_max = 5;\n"
     "time dgram udp4 wait root internal",
     "time dgram udp4 wait root internal:time 0.0.0.0:37 ip_max=5\n"},
    {"7007 \"on\" tcp nowait root /bin/sh", "1:6: error: unknown socket type \"on\"\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/sh, accept_max = 5,;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007 accept_max=5\n"},
};

/* Definitions that are not. */
static const struct conf_case bad_definition_cases[] = {
    {"7007 on name = same, protocol = tcp4, user = root, exec = /bin/sh;\n"
     "7008 on name = same, protocol = tcp4, user = root, exec = /bin/sh;",
     "2:16: error: name \"same\" is that of the entry at test.conf:1\n"
     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 name=same\n"},
    {"7007 on name = 'two words', protocol = tcp4, user = root, exec = /bin/sh;",
     "1:16: error: name \"two words\" is not one word of up to 64 letters, digits and . _ @ -\n"},
    {".defaults name = x;", "1:11: error: key \"name\" has no place in .defaults\n"},
    {"7007 on RLIMIT_NOFILE = 5;",
     "1:9: error: unknown key \"RLIMIT_NOFILE\" (did you mean \"rlimit_nofile\"?)\n"},
    {"7007 on LimitNOFILE = 5;",
     "1:9: error: unknown key \"LimitNOFILE\" (did you mean \"rlimit_nofile\"?)\n"},
    {"7007 on nofile = 5;",
     "1:9: error: unknown key \"nofile\" (did you mean \"rlimit_nofile\"?)\n"},
    {"7007 on rlimit-core = 5;",
     "1:9: error: unknown key \"rlimit-core\" (did you mean \"rlimit_core\"?)\n"},
    {"7007 on acceptMax = 5;",
     "1:9: error: unknown key \"acceptMax\" (did you mean \"accept_max\"?)\n"},
    {"7007 on User = nobody;", "1:9: error: unknown key \"User\" (did you mean \"user\"?)\n"},
    {"7007 on instances = 5;",
     "1:9: error: unknown key \"instances\": that is \"accept_max\" here\n"},
    {"7007 on server_args = -l;",
     "1:9: error: unknown key \"server_args\": that is \"args\" here, with the program's own name "
     "first\n"},
    {"7007 on DISABLE = yes;",
     "1:9: error: unknown key \"DISABLE\": write \"off\" for \"on\" behind the service\n"},
    {"7007 on MaxConnections = 5;",
     "1:9: error: unknown key \"MaxConnections\": that is \"accept_max\" here\n"},
    {"/run/x on builtin = tcpmux;",
     "1:1: error: the builtin \"tcpmux\" is for tcp and udp services\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/sh",
     "1:1: error: \"7007\" has no \";\" at its end\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/sh\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:1: error: \"7007\" has no \";\" at its end\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 on protocol = tcp, user = root\n"
     "exec = /bin/sh;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "2:1: error: \",\" is missing before the key \"exec\"\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 on protocol tcp, user = root, exec = /bin/sh;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:9: error: \"=\" is missing after \"protocol\"\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 on protocol = , user = root, exec = /bin/sh;",
     "1:9: error: key \"protocol\" needs a value\n"},
    {"7007 on = tcp;", "1:9: error: a key is missing before \"=\"\n"},
    {"7007 on , protocol = tcp;", "1:9: error: a key is missing before \",\"\n"},
    {"7007 on protocol = tcp, user = root, exce = /bin/sh;",
     "1:38: error: unknown key \"exce\" (did you mean \"exec\"?)\n"},
    {"7007 on protocol = tcp, user = root, nonsense = 1, exec = /bin/sh;",
     "1:38: error: unknown key \"nonsense\"\n"},
    {"7007 on protocol = tcp, user = root, user = root, exec = /bin/sh;",
     "1:38: error: key \"user\" is given twice\n"},
    {"7007 on protocol = tcp udp, user = root, exec = /bin/sh;",
     "1:24: error: \"udp\" is a value too many: \"protocol\" takes one\n"},
    {"7007 on protocol = tcp, user = root, exec = /bin/sh sh;",
     "1:53: error: \"sh\" is a value too many: \"exec\" takes one\n"},
    {"7007 on protocol = tcp, user = root, exec = no-such-sh;",
     "1:45: error: program \"no-such-sh\" is not an absolute path\n"},
    {"7007 on protocol = tpc, user = root, exec = /bin/sh;",
     "1:20: error: unknown protocol \"tpc\" (did you mean \"tcp\"?)\n"},
    {"7007 on socktype = streem, user = root, exec = /bin/sh;",
     "1:20: error: unknown socket type \"streem\" (did you mean \"stream\"?)\n"},
    {"7007 on user = root, exec = /bin/sh;",
     "1:1: error: \"socktype\" or \"protocol\" is missing\n"},
    {"7007 on socktype = raw, user = root, exec = /bin/sh;",
     "1:1: error: \"protocol\" is missing\n"},
    {"7007 on protocol = tcp, exec = /bin/sh;",
     "1:1: error: \"user\" is missing: root runs doorward\n"},
    {"7007 on protocol = tcp, user = root;", "1:1: error: \"exec\" or \"builtin\" is missing\n"},
    {"7007 on protocol = tcp, user = root, builtin = ecko;",
     "1:48: error: no builtin is named \"ecko\" (did you mean \"echo\"?)\n"},
    {"7007 on protocol = tcp, user = root, builtin = echo, exec = /bin/sh;",
     "1:48: error: \"exec\" and \"builtin\" are both given\n"},
    {"7007 on protocol = tcp, user = root, builtin = echo, args = echo;",
     "1:61: error: \"echo\": a builtin takes no arguments\n"},
    {"7007 on protocol = tcp, user = root, builtin = echo, umask = 022;",
     "1:54: error: key \"umask\" is for a program, not a builtin\n"},
    {"7007 on protocol = tcp, user = nosuchuser, exec = /bin/sh;",
     "1:32: error: no such user \"nosuchuser\"\n"},
    {"7007 on protocol = tcp, user = root, group = nosuchgroup, exec = /bin/sh;",
     "1:46: error: no such group \"nosuchgroup\"\n"},
    {"7007 on protocol = tcp, user = root, groups = daemon nosuchgroup, exec = /bin/sh;",
     "1:54: error: no such group \"nosuchgroup\"\n"},
    {"7007 on protocol = tcp, wait = maybe, user = root, exec = /bin/sh;",
     "1:32: error: wait \"maybe\" is not yes or no\n"},
    {"7007 on protocol = tcp, acceptfilter = httpready, user = root, exec = /bin/sh;",
     "1:40: error: accept filter \"httpready\" is not there: \"dataready\" is\n"},
    {"7007 on protocol = udp, acceptfilter = dataready, user = root, exec = /bin/sh;",
     "1:25: error: key \"acceptfilter\" is for tcp\n"},
    {"7007 on protocol = tcp, defer = 2h, user = root, exec = /bin/sh;",
     "1:33: error: defer \"2h\" is too long\n"},
    {"7007 on protocol = tcp, keepalive = 1m/5, user = root, exec = /bin/sh;",
     "1:37: error: keepalive \"1m/5\" is not yes or no\n"},
    {"7007 on protocol = tcp, ipsec = \"in ipsec esp/transport//require\", user = root, exec = "
     "/bin/sh;",
     "1:33: error: IPsec policies are not supported on this system\n"},
    {"127.0.0.1:7007 on protocol = tcp, bind = 127.0.0.2, user = root, exec = /bin/sh;",
     "1:42: error: the address is given twice: \"127.0.0.1\" and \"bind\"\n"},
    {"7007 on protocol = tcp, bind = 127.0.0.300, user = root, exec = /bin/sh;",
     "1:32: error: \"127.0.0.300\" is not an address\n"},
    {"7007 on protocol = tcp6, bind = ::1 127.0.0.1, user = root, exec = /bin/sh;",
     "1:37: error: address \"127.0.0.1\" is IPv4, which protocol \"tcp6\" does not take\n"},
    {"7007 on protocol = tcp, backlog = 0, user = root, exec = /bin/sh;",
     "1:35: error: backlog \"0\" is out of range (1-65535)\n"},
    {"7007 on protocol = tcp, backlog = ten, user = root, exec = /bin/sh;",
     "1:35: error: backlog \"ten\" is not a number\n"},
    {"7007 on protocol = tcp, tos = 256, user = root, exec = /bin/sh;",
     "1:31: error: tos \"256\" is out of range (0-255)\n"},
    {"7007 on protocol = tcp, sndbuf = 1x, user = root, exec = /bin/sh;",
     "1:34: error: sndbuf \"1x\" is not a size (a number, then k, m, g or nothing)\n"},
    {"7007 on protocol = tcp, sndbuf = 3g, user = root, exec = /bin/sh;",
     "1:34: error: sndbuf \"3g\" is out of range (1-2147483647)\n"},
    {"7007 on protocol = tcp, device = an-interface-name-too-long, user = root, exec = /bin/sh;",
     "1:34: error: device \"an-interface-name-too-long\" is no interface's name\n"},
    {"7007 on protocol = tcp, keepalive = perhaps, user = root, exec = /bin/sh;",
     "1:37: error: keepalive \"perhaps\" is not yes or no\n"},
    {"7007 on protocol = udp, nodelay = yes, user = root, exec = /bin/sh;",
     "1:25: error: key \"nodelay\" is for tcp\n"},
    {"7007 on protocol = udp, wait = no, linger = 5s, user = root, exec = /bin/sh;",
     "1:36: error: key \"linger\" is for tcp\n"},
    {"7007 on protocol = tcp, wait = yes, linger = 5s, user = root, exec = /bin/sh;",
     "1:37: error: key \"linger\" is for a nowait service\n"},
    {"7007 on protocol = tcp, unix_mode = 0600, user = root, exec = /bin/sh;",
     "1:25: error: key \"unix_mode\" is for a unix socket\n"},
    {"/run/x on unix_mode = 8, user = root, exec = /bin/sh;",
     "1:23: error: unix_mode \"8\" is not an octal mode\n"},
    {"/run/x on unix_mode = 01777, user = root, exec = /bin/sh;",
     "1:23: error: unix_mode \"01777\" is above 0777\n"},
    {"/run/x on tos = 1, user = root, exec = /bin/sh;",
     "1:11: error: key \"tos\" is for tcp or udp\n"},
    {"/run/x on bind = 127.0.0.1, user = root, exec = /bin/sh;",
     "1:18: error: \"/run/x\" has no address of its own: \"127.0.0.1\"\n"},
    {"/run/x on unix_user = nosuchuser, user = root, exec = /bin/sh;",
     "1:23: error: no such user \"nosuchuser\"\n"},
    {"7007 on protocol = tcp, accept_max = 1000001, user = root, exec = /bin/sh;",
     "1:38: error: accept_max \"1000001\" is out of range (0-1000000)\n"},
    {"7007 on protocol = tcp, accept_max = -1, user = root, exec = /bin/sh;",
     "1:38: error: accept_max \"-1\" is not a number\n"},
    {"7007 on protocol = tcp, service_max = 5/d, user = root, exec = /bin/sh;",
     "1:39: error: service_max \"5/d\" is not a rate (a number, then /s, /m, /h or nothing)\n"},
    {"7007 on protocol = tcp, service_max = 5 burts 7, user = root, exec = /bin/sh;",
     "1:41: error: \"burts\" after \"service_max\": expected \"burst\"\n"},
    {"7007 on protocol = tcp, service_max = 5 burst, user = root, exec = /bin/sh;",
     "1:41: error: \"burst\" needs a number\n"},
    {"7007 on protocol = tcp, service_max = 5 burst 0, user = root, exec = /bin/sh;",
     "1:47: error: burst \"0\" is out of range (1-1000000)\n"},
    {"7007 on protocol = tcp, service_max = 5 burst 6 7, user = root, exec = /bin/sh;",
     "1:49: error: \"7\" is a value too many for \"service_max\"\n"},
    {"7007 on protocol = tcp, source_prefix = 24, user = root, exec = /bin/sh;",
     "1:41: error: source_prefix \"24\" is not V4BITS/V6BITS\n"},
    {"7007 on protocol = tcp, source_prefix = 33/64, user = root, exec = /bin/sh;",
     "1:41: error: source_prefix \"33/64\" is not V4BITS/V6BITS (0-32/0-128)\n"},
    {"7007 on protocol = tcp, allow = 10.0.0.0/33, user = root, exec = /bin/sh;",
     "1:33: error: allow \"10.0.0.0/33\": prefix length is not 0-32\n"},
    {"7007 on protocol = tcp, deny = 10.0.0.1 example.org, user = root, exec = /bin/sh;",
     "1:41: error: deny \"example.org\": not an address\n"},
    {"7007 on protocol = tcp, allow = uid:x, user = root, exec = /bin/sh;",
     "1:33: error: allow \"uid:x\": not a uid\n"},
    {"7007 on protocol = tcp, timeout = soon, user = root, exec = /bin/sh;",
     "1:35: error: timeout \"soon\" is not a time (a number, then ms, s, m, h, d or nothing)\n"},
    {"7007 on protocol = tcp, env = novalue, user = root, exec = /bin/sh;",
     "1:31: error: env \"novalue\" is not NAME=value\n"},
    {"7007 on protocol = tcp, env = 1A=b, user = root, exec = /bin/sh;",
     "1:31: error: env \"1A=b\" is not NAME=value\n"},
    {"7007 on protocol = tcp, pass_env = A=b, user = root, exec = /bin/sh;",
     "1:36: error: pass_env \"A=b\" is no variable's name\n"},
    {"7007 on protocol = tcp, umask = 9, user = root, exec = /bin/sh;",
     "1:33: error: umask \"9\" is not an octal mode\n"},
    {"7007 on protocol = tcp, umask = 1000, user = root, exec = /bin/sh;",
     "1:33: error: umask \"1000\" is above 0777\n"},
    {"7007 on protocol = tcp, nice = 20, user = root, exec = /bin/sh;",
     "1:32: error: nice \"20\" is out of range (-20 to 19)\n"},
    {"7007 on protocol = tcp, nice = -21, user = root, exec = /bin/sh;",
     "1:32: error: nice \"-21\" is out of range (-20 to 19)\n"},
    {"7007 on protocol = tcp, directory = tmp, user = root, exec = /bin/sh;",
     "1:37: error: directory \"tmp\" is no absolute path\n"},
    {"7007 on protocol = tcp, rlimit_nofile = many, user = root, exec = /bin/sh;",
     "1:41: error: rlimit_nofile \"many\" is not a size (a number, then k, m, g or nothing)\n"},
    {"7007 on protocol = tcp, rlimit_nofile = 20:10, user = root, exec = /bin/sh;",
     "1:41: error: rlimit_nofile \"20:10\": the soft limit is above the hard one\n"},
    {"7007 on protocol = tcp, rlimit_nofile = 20:x, user = root, exec = /bin/sh;",
     "1:44: error: rlimit_nofile \"x\" is not a size (a number, then k, m, g or nothing)\n"},
    {"7007 on protocol = tcp, rlimit_nofiles = 20, user = root, exec = /bin/sh;",
     "1:25: error: unknown key \"rlimit_nofiles\" (did you mean \"rlimit_nofile\"?)\n"},
    {"7007 on protocol = tcp, stderr = logg, user = root, exec = /bin/sh;",
     "1:34: error: stderr \"logg\" is none of socket, log, null (did you mean \"log\"?)\n"},
    {"7007 on protocol = tcp, env = \"A=\\q\", user = root, exec = /bin/sh;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:34: error: bad escape \\q\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 on protocol = tcp, env = \"A=b, user = root, exec = /bin/sh;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:31: error: unterminated quote\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {"7007 on protocol = tcp, \"user\" = \"root\", exec = /bin/sh;",
     "7007 stream tcp nowait root /bin/sh 0.0.0.0:7007 [::]:7007\n"},
    {".defaults exec = /bin/sh;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:11: error: key \"exec\" has no place in .defaults\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {".defaults user = root\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:1: error: \".defaults\" has no \";\" at its end\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
    {".defaults accept_max = x;", "1:24: error: accept_max \"x\" is not a number\n"},
    {".defaults accept_max = 1, accept_max = 2;",
     "1:27: error: key \"accept_max\" is given twice\n"},
    {"echo on; 7008 stream tcp4 nowait root /bin/sh",
     "1:10: error: what follows here needs a line of its own\n"},
    {"70000 on protocol = tcp, backlog = 0, tos = 999;\n"
     "7008 stream tcp4 nowait root /bin/sh",
     "1:36: error: backlog \"0\" is out of range (1-65535)\n"
     "1:45: error: tos \"999\" is out of range (0-255)\n"
     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n"},
};

#endif
