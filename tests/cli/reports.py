#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs for test_report.sh, made by SQL alone, and looks at what became of them.
reports.py runs|hostile STORE, check-csv|check-expected|check-html|check-junit|check-md|check-numbers FILE ...,
strip|bare-json|bare-csv FILE"""
import base64
import csv
import hashlib
import json
import random
import re
import sqlite3
import sys
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

MODES = ('native', 'pv', 'pvh', 'pvhvm', 'hvm')
IMAGE = 'ab' * 32
# What HTML, Markdown, CSV, XML, gnuplot, a shell and a terminal could take for something else.
HOSTILE = ('</td><script>alert(1)</script>', '"onload=\'x\'`id`$(id)', '|x](javascript:a) ![i](http://x)', '=1+2',
           '\\e]0;t &amp; <b>', '--\n]]>'.replace('\n', ' '), "END 'set output", 'a' * 64)


class Run:
    """Boots of a run, in a store that is there already."""

    def __init__(self, db, name):
        self.db, self.name = db, name
        self.random = random.Random(name)
        self.number = db.execute('SELECT coalesce(max(id), 0) FROM guest').fetchone()[0]

    def boot(self, asked, samples=(), measured=None, status='done', why=None, workload='micro', **facts):
        self.number += 1
        measured = asked if measured is None else measured
        records = [dict(type='guest', mode=measured, link='serial' if asked == 'native' else 'xenstore', **facts)]
        records += [dict(type='sample', **s) for s in samples]
        records += [dict(type='end', steps=1, failed=0)]
        self.db.execute(
            'INSERT INTO guest (id, run, uuid, domid, asked, measured, workload, size, image_sha256, link, emulated,'
            ' status, why, first_seen, host, protocol) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            (self.number, self.name, 'u%d' % self.number, self.number, asked, measured, workload, 'quick', IMAGE,
             records[0]['link'], facts.get('emulated', 0), status, why,
             '2026-01-02T03:%02d:%02dZ' % (self.number // 2, self.number % 2 * 30), 'h', '1.0'))
        for seq, record in enumerate(records, 1):
            self.db.execute('INSERT INTO record VALUES (?, ?, ?)', (self.number, seq, json.dumps(record)))
        for seq, s in enumerate(samples, 2):
            self.db.execute('INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?)', (
                self.number, seq, s['workload'], s['benchmark'], s['index'], s['unit'], s['ops'], s['value']))

    def text(self, value):
        text = json.dumps(value, sort_keys=True, separators=(',', ':'))
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self.db.execute('INSERT INTO facts (sha256, json) VALUES (?, ?) ON CONFLICT DO NOTHING', (sha256, text))
        return self.db.execute('SELECT id FROM facts WHERE sha256=?', (sha256,)).fetchone()[0]

    def host(self, steady, moving=({'host': {'uptime_s': 5}}, {'host': {'uptime_s': 7}}), noise=()):
        """What the host of the boot that was made last was like before and after it, and what went on beside it."""
        boot = (self.name, 'u%d' % self.number, self.number)
        for moment, moves in zip(('before', 'after'), moving):
            self.db.execute('INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)',
                            boot + (moment, '2026-01-02T03:00:00Z', self.text(steady), self.text(moves)))
        for place, (flag, text) in enumerate(noise):
            self.db.execute('INSERT INTO noise VALUES (?, ?, ?, ?, ?, ?)', boot + (place, flag, text))

    def plan(self, text):
        """The boots that are there already are those of a plan, and there is one that nothing was heard of."""
        self.db.execute('INSERT INTO plan (run, text, sha256, seed, ordering, host, begun) VALUES (?, ?, ?, 7, ?, ?, ?)',
                        (self.name, text, hashlib.sha256(text.encode()).hexdigest(), 'random', 'h', '2026-01-02T03:00:00Z'))
        plan = self.db.execute('SELECT max(id) FROM plan').fetchone()[0]
        cells = {}
        for place, cell in enumerate((w, m) for w in ('bzip2', 'gcc', 'micro') for m in MODES):
            self.db.execute('INSERT INTO cell (plan, place, workload, mode, vcpus) VALUES (?, ?, ?, ?, 1)', (plan, place) + cell)
            cells[cell] = self.db.execute('SELECT max(id) FROM cell').fetchone()[0]
        boots = self.db.execute('SELECT uuid, workload, asked, status, first_seen FROM guest WHERE run=?', (self.name,)).fetchall()
        boots.append(('unheard', 'gcc', 'hvm', 'failed', '2026-01-02T03:22:00Z'))
        for attempt, (uuid, workload, mode, status, begun) in enumerate(boots, 1):
            self.db.execute('INSERT INTO boot (cell, attempt, uuid, host, begun, took_ms, status, why) VALUES (?,?,?,?,?,?,?,?)',
                            (cells[workload, mode], attempt, uuid, 'h', begun, 25000, 'done' if status == 'done' else 'failed',
                             None if status == 'done' else 'it did not come up'))

    def samples(self, workload, benchmark, unit, middle, n=7, spread=0.02, **more):
        return [dict(workload=workload, benchmark=benchmark, unit=unit, index=i, ops=1,
                     value=float('%.6g' % (middle * (1 + spread * (2 * self.random.random() - 1)))), **more) for i in range(n)]


def facts(mode):
    return dict(kernel='6.1.0-xlab', clocksource='tsc' if mode == 'native' else 'xen', cpus=1, memory_kib=117360,
                cmdline='root=PARTUUID=1-01 ro <quiet>', xen=dict(major=4, minor=17), list=[1, 2])


def host(mode, governor):
    """A machine that governs its frequency in another way under Xen, and isolates page tables only there."""
    h = dict(facts=1, emulated=True, host=dict(kernel='6.1.0-21-amd64', cpu_model='Some CPU <i> @ 2 GHz', boot_id=mode[:1]),
             frequency=dict(by='linux', governors={'performance': 4}, turbo=False), smt=dict(active=False),
             mitigations=dict(meltdown='Vulnerable', l1tf='Not affected'))
    if mode != 'native':
        h['frequency'] = dict(by='xen', governors={governor: 4})
        h['mitigations'].update(meltdown='Mitigation: PTI')
        h['xen'] = dict(version='4.17.5', scheduler='credit2', cmdline='dom0_mem=512M | spec-ctrl=no', threads_per_core=1,
                        pools=[dict(name='Pool-0', scheduler='credit2', cpus='0,1,2,3', cpu_count=4, domain_count=2)],
                        xpti=dict(dom0=True, domu=True))
    return h


def domains(number):
    return dict(domains=[dict(domid=0, name='Domain-0', vcpus=4, weight=256, cpu_s=30.5),
                         dict(domid=number, uuid='u%d' % number, measured=True, weight=512, cap=0, tsc_mode='default',
                              affinity=[dict(vcpu=0, hard='1-3', soft='all')])])


def run(db, name, factor, governor):
    """Five modes: two microbenchmarks, one figure that is better the more it is, two programs in six boots each."""
    r = Run(db, name)
    for i, mode in enumerate(MODES):
        s = r.samples('micro', 'syscall', 'ns/op', 100 * (1, 50, 1.3, 1.2, 1.25)[i] * factor)
        s += r.samples('micro', 'fork_exec', 'us/op', 500 * (1, 1.8, 1.4, 1.4, 1.4)[i])
        s += r.samples('micro', 'rate', 'kops', 1000 / (1, 1.5, 1, 1.1, 2)[i], better='more')
        s[5]['value'] = 15000.5 if mode == 'pv' else s[5]['value']
        r.boot(mode, s, emulated=1, **facts(mode))
        noise = [('dom0_busy', 'Domain-0 used 1.35 CPUs'), ('turbo', 'turbo was switched')] if mode == 'hvm' else []
        r.host(host(mode, governor), ({} if mode == 'native' else domains(r.number), {}), noise)
    for _ in range(6):
        for i, mode in enumerate(MODES[:3]):
            for program, seconds in ('gcc', 2), ('bzip2', 1):
                r.boot(mode, r.samples(program, program, 's', seconds * (1, 1.08, 1.02)[i], 3), workload=program,
                       **facts(mode))
    r.boot('pvh', r.samples('micro', 'syscall', 'ns/op', 7), measured='pv', status='invalid',
           why='asked for pvh, measured pv')
    r.boot('hvm', status='lost', measured='', why='the domain went away')
    return r


def runs(path):
    with sqlite3.connect(path) as db:
        run(db, 'one', 1, 'ondemand').plan('# ```\nworkloads = bzip2 gcc micro\nEND-OF-PLAN\nrm -rf /\n')
        run(db, 'two', 1.3, 'performance')
        r = Run(db, 'few')
        r.boot('pv', r.samples('micro', 'syscall', 'ns/op', 5000, 3))


def hostile(path):
    """Names that no guest could give."""
    with sqlite3.connect(path) as db:
        r = Run(db, HOSTILE[0])
        for mode in MODES:
            s = []
            for name in HOSTILE:
                s += r.samples(name, name, HOSTILE[5], 100)
            s += r.samples('micro', 'zero', 's', 0)
            s += r.samples('micro', 'huge', 's', 1e300)
            s += r.samples('micro', 'tiny', 's', 1e-300)
            s += r.samples('micro', 'wide', 's', 1e90 if mode == 'pv' else 1)
            r.boot(mode, s, workload=HOSTILE[1], **{name[:60]: name for name in HOSTILE})
            r.host(dict(host=dict(kernel=HOSTILE[0], cpu_model=HOSTILE[2] + mode), xen={name: name for name in HOSTILE},
                        mitigations={name: 'Vulnerable' if mode == 'pv' else 'Mitigation' for name in HOSTILE},
                        frequency=dict(governors={name: i for i, name in enumerate(HOSTILE)})),
                   (dict(domains=[dict(domid=9, name=name) for name in HOSTILE]), {}),
                   [(name[:31], name) for name in HOSTILE])
        r.boot('pv', status='invalid', why='; '.join(HOSTILE[:5]), measured='', workload=HOSTILE[0])
        db.execute('UPDATE guest SET link=?, image_sha256=?, host=?', (HOSTILE[2], HOSTILE[0], HOSTILE[0]))


def check_csv(path, lines):
    """RFC 4180: every line has all columns, numbers are numbers, and no text would be taken for a formula."""
    with open(path, newline='', encoding='ascii') as f:
        raw = f.read()
        rows = list(csv.reader(raw.splitlines(True), strict=True))
    assert raw.count('\r\n') == raw.count('\n') and len(rows) == int(lines) + 1, len(rows)
    for row in rows:
        assert len(row) == len(rows[0]), row
        assert not any(re.match('[=+@\t\r]|-[^0-9]', cell) for cell in row), row
    for row in rows[1:]:
        for name, cell in zip(rows[0], row):
            if cell and re.fullmatch('median.*|low|high|ratio.*|value|sd|mad|p.*', name):
                float(cell)


def check_numbers(report, samples, rows):
    """What the CSV files say is what the JSON has, sample by sample and median by median."""
    with open(report, encoding='utf-8') as f:
        all_of_it = json.load(f)
    with open(samples, newline='', encoding='ascii') as f:
        values = sorted((s['benchmark'], s['mode'], float(s['value'])) for s in csv.DictReader(f))
    with open(rows, newline='', encoding='ascii') as f:
        medians = sorted((r['benchmark'], r['mode'], float(r['median'])) for r in csv.DictReader(f))
    assert values == sorted((r['benchmark'], r['mode'], s['value']) for r in all_of_it['rows'] for s in r['samples'])
    assert len(medians) == len(all_of_it['rows'])
    for ours, theirs in zip(medians, sorted((r['benchmark'], r['mode'], r['median']) for r in all_of_it['rows'])):
        assert ours[:2] == theirs[:2] and abs(ours[2] - theirs[2]) <= 1e-9 * theirs[2], (ours, theirs)


def check_junit(path, tests, failures):
    suite = xml.parse(path).getroot()
    cases = suite.findall('testcase')
    assert suite.get('tests') == tests == str(len(cases)), len(cases)
    assert suite.get('failures') == failures == str(len([c for c in cases if c.find('failure') is not None]))


class Page(HTMLParser):
    """Which elements and attributes a page has; that they are closed in turn."""
    VOID = ('meta', 'link', 'br', 'rect', 'use', 'circle', 'path', 'feflood', 'fecomposite')

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.links, self.text = [], set(), [], [], ''

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith('on'), (tag, name)
            if name == 'id':
                self.ids.append(value)
            if name in ('src', 'href', 'xlink:href', 'action'):
                self.links.append(value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        self.text += data


def check_html(path, plots):
    with open(path, encoding='utf-8') as f:
        raw = f.read()
    page = Page()
    page.feed(raw)
    page.close()
    assert not page.open, page.open
    assert not page.tags & {'script', 'iframe', 'img', 'object', 'embed', 'form', 'b'}, page.tags
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert link.startswith('#') and link[1:] in page.ids or link.startswith('data:'), link[:80]
    assert 'url(' not in raw and '@import' not in raw and '"black"' not in raw
    pictures = re.findall(r'<svg.*?</svg>', raw, re.S)
    assert len(pictures) == int(plots), len(pictures)
    for picture in pictures:
        root = xml.fromstring(picture)
        named = root.get('aria-labelledby').split()
        texts = {e.get('id'): e.text for e in root.iter() if e.get('id') in named}
        assert len(texts) == 2 and all(texts.values()) and root.get('role') == 'img'
    for name, kind, data in re.findall(r'download="([^"]*)" href="data:([^;]*);base64,([^"]*)"', raw):
        text = base64.b64decode(data, validate=True)
        if kind == 'application/json':
            json.loads(text)
        else:
            assert text.count(b'\r\n') > 1, name


def check_md(path, columns):
    """No text of the store is markup: tables keep their columns, and there is no HTML, no link, no code."""
    with open(path, encoding='ascii') as f:
        raw = f.read()
    body = re.sub(r'\n```sh\n.*\n```\n', '', raw, flags=re.S)
    tables = re.findall(r'^\|.*$', body, re.M)
    assert tables and tables[0].count('|') == int(columns) + 1
    bare = re.sub(r'\\.', '', body)
    assert not re.search(r'[<>`]|\]\(|!\[|://', bare), re.search(r'[<>`]|\]\(|!\[|://', bare)
    assert raw.count('\n```') in (0, 2)
    width = None
    for line in body.split('\n'):
        width = None if not line.startswith('|') else width or line.count('|')
        assert width is None or line.count('|') == width, line


def check_expected(path, *benchmarks):
    """Figures are of benchmarks that there are, one for each mode, and what the two figures of their note come to."""
    with open(path, encoding='ascii') as f:
        entries = json.load(f)['expected']
    assert entries and len({(e['benchmark'], e['mode']) for e in entries}) == len(entries)
    for e in entries:
        assert e['benchmark'] in benchmarks, e['benchmark']
        assert re.search(r'\b(19|20)[0-9]{2}\b', e['source']), e['source']
        native, guest = map(float, re.match(r'([0-9.]+) \w+ natively, ([0-9.]+) \w+ in Xen: ', e['note']).groups())
        assert e['low'] <= float('%.3g' % (guest / native)) <= e['high'], e


def strip(path):
    """A page without what gnuplot drew and what is attached, which others look at: a page of two runs attaches them with
    the literature that xlab was built with."""
    with open(path, encoding='utf-8') as f:
        raw = f.read()
    raw = re.sub(r'<svg (.*?)>.*?</svg>', '<svg/>', raw, flags=re.S)
    raw = re.sub(r', [0-9]+ bytes</li>', '</li>', raw)
    sys.stdout.write(re.sub(r'base64,[^"]*"', 'base64,"', raw))


def rounded(value):
    """Figures without the digits in which one machine's logarithms are not another's."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float('%.6g' % value) if isinstance(value, float) else value


def bare_json(path):
    """A report without its samples, an item of each list a line."""
    with open(path, encoding='utf-8') as f:
        all_of_it = rounded(json.load(f))
    for row in all_of_it['rows']:
        del row['samples']
    for name, value in all_of_it.items():
        for item in value if isinstance(value, list) else [value]:
            print(name, json.dumps(item))


def bare_csv(path):
    with open(path, newline='', encoding='ascii') as f:
        for line in f.read().splitlines():
            print(re.sub(r'(?<![^,])-?[0-9]+\.[0-9]+(e[-+]?[0-9]+)?(?![^,])', lambda m: '%.6g' % float(m[0]), line))


COMMANDS = {'runs': runs, 'hostile': hostile, 'check-csv': check_csv, 'check-numbers': check_numbers,
            'check-junit': check_junit, 'check-html': check_html, 'check-md': check_md, 'strip': strip,
            'check-expected': check_expected, 'bare-json': bare_json, 'bare-csv': bare_csv}
if __name__ == '__main__':
    COMMANDS[sys.argv[1]](*sys.argv[2:])
