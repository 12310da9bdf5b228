/* fuzz/packet.c -- what the kernel says of a datagram, for libFuzzer and fuzz/replay.c
 *
 * The input is a kernel's answer to recvmsg(2), which is this file's own: one byte, the length of
 * the address; the address; control messages, each a level, a type, a length and its bytes. */
#include "config.h"

#include "os/packet.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *next;
static size_t left;

static size_t take(void *to, size_t most)
{
    size_t n = left < most ? left : most;
    memcpy(to, next, n);
    next += n;
    left -= n;
    return n;
}

static const int levels[] = {SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, 99};

/* One message, as the kernel would write it: whole, or cut where there is no more room. */
static size_t put(char *at, size_t room)
{
    uint8_t head[3] = {0};
    char bytes[64];
    (void)take(head, sizeof head);
    size_t len = head[2] % sizeof bytes;
    memset(bytes, 0, sizeof bytes);
    (void)take(bytes, len);
    struct cmsghdr c = {.cmsg_level = levels[head[0] % 4], .cmsg_type = head[1]};
    c.cmsg_len = CMSG_LEN(len);
    if (CMSG_SPACE(len) > room)
        return 0;
    memset(at, 0, CMSG_SPACE(len));
    memcpy(at, &c, sizeof c);
    memcpy(at + CMSG_LEN(0), bytes, len);
    return CMSG_SPACE(len);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
    uint8_t len = 0;
    size_t used = 0, n;
    (void)fd;
    (void)flags;
    (void)take(&len, 1);
    msg->msg_namelen = (socklen_t)take(msg->msg_name, len % 129);
    while (left > 0 && (n = put((char *)msg->msg_control + used, msg->msg_controllen - used)) > 0)
        used += n;
    msg->msg_controllen = used;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char byte, text[ADDR_TEXT];
    struct packet in;
    next = data;
    left = size;
    if (packet_receive(-1, &byte, 1, &in, 0) != 0)
        abort();
    if (strlen(addr_format_port(&in.from, text)) >= sizeof text)
        abort();
    struct addr to = addr_unmap(&in.to);
    (void)addr_format_port(&to, text);
    return 0;
}
