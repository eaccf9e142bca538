#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Stands where QEMU would, and is the guest in it: the protocol over the serial line (docs/protocol.md), with
samples of nothing. For test_plan.sh, which says by $GUEST_* what is to go wrong:
LOG  file that gets a line for each boot: workload, vcpus, warm-ups, repetitions, CPUs
FAIL workload that fails; FAIL_ONCE: file that a guest makes, and fails, when it is not there
HANG workload that never ends; READY: pipe that then gets its name
NOISE: figures that never agree
MEET: folder; nobody goes on before three are there"""
import json
import os
import re
import select
import socket
import sys
import zlib

CHARDEV = next(re.fullmatch('socket,id=link,fd=([0-9]+)', a) for a in sys.argv if a.startswith('socket,'))
VCPUS = sys.argv[sys.argv.index('-smp') + 1]
link = socket.socket(fileno=int(CHARDEV[1]))
heard = {}
rest = b''


def put(key, value):
    text = ''.join(chr(b) if 0x20 < b < 0x7f and b != 0x25 else '%%%02x' % b for b in value.encode())
    body = '%s %s' % (key, text)
    link.sendall(('xlab1 %08x %s\n' % (zlib.crc32(body.encode()), body)).encode())


def listen(until):
    """Takes what the host says until a condition holds: True, or False when nothing came for a second."""
    global rest
    while not until():
        if not select.select([link], [], [], 1)[0]:
            return False
        data = link.recv(65536)
        if not data:
            sys.exit(1)
        *lines, rest = (rest + data).split(b'\n')
        for line in lines:
            match = re.fullmatch(rb'xlab1 [0-9a-f]{8} ([^ ]+) (.*)', line)
            if match:
                heard[match[1].decode()] = re.sub('%(..)', lambda m: chr(int(m[1], 16)), match[2].decode())
    return True


def send(seq, record):
    text = json.dumps(record, separators=(',', ':'))
    body = '%d %d 0 %d\n%s' % (seq, seq, len(text), text)
    while True:
        put('data/xlab/p/%02d' % (seq % 64), '%08x %s' % (zlib.crc32(body.encode()), body))
        put('data/xlab/head', '%d' % seq)
        if listen(lambda: int(heard.get('xlab/ack', 0)) >= seq):
            return


def boots():
    """How many there were before this one."""
    try:
        with open(os.environ['GUEST_LOG']) as log:
            return len(log.readlines())
    except (KeyError, FileNotFoundError):
        return 0


def note(workload):
    if 'GUEST_LOG' in os.environ:
        with open(os.environ['GUEST_LOG'], 'a') as log:
            print(workload, VCPUS, heard.get('xlab/warmups', '-'), heard.get('xlab/repetitions', '-'),
                  len(os.sched_getaffinity(0)), file=log)


def is_to_fail(workload):
    once = os.environ.get('GUEST_FAIL_ONCE')
    if once and not os.path.exists(once):
        open(once, 'w').close()
        return True
    return os.environ.get('GUEST_FAIL') == workload


def main():
    with open('/proc/sys/kernel/random/boot_id') as f:
        boot = f.read().strip()
    while True:
        put('data/xlab/boot', boot)
        put('data/xlab/version', '1.0')
        put('data/xlab/state', 'ready')
        if listen(lambda: 'xlab/run' in heard):
            break
    workload, number = heard['xlab/workload'], boots()
    note(workload)
    put('data/xlab/state', 'running')
    if os.environ.get('GUEST_HANG') == workload:
        if 'GUEST_READY' in os.environ:
            with open(os.environ['GUEST_READY'], 'w') as ready:
                print(workload, file=ready)
        while True:
            listen(lambda: False)
    if 'GUEST_MEET' in os.environ:
        open(os.path.join(os.environ['GUEST_MEET'], str(os.getpid())), 'w').close()
        while len(os.listdir(os.environ['GUEST_MEET'])) < 3:
            listen(lambda: False)
    failed = is_to_fail(workload)
    records = [{'type': 'guest', 'mode': 'native', 'link': 'serial'}]
    for i in range(int(heard.get('xlab/repetitions', 3))):
        value = 100 ** (number % 2) if 'GUEST_NOISE' in os.environ else 1 + i / 1000
        records.append({'type': 'sample', 'workload': workload, 'benchmark': workload, 'unit': 's', 'index': i, 'ops': 1,
                        'value': value})
    records.append({'type': 'end', 'steps': 1, 'failed': int(failed)})
    for seq, record in enumerate(records, 1):
        send(seq, record)
    put('data/xlab/state', 'failed' if failed else 'done')


main()
