#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Stores for test_export.sh, made by SQL alone. stores.py ugly|large|part|start|hostile|check-csv|check-openmetrics ..."""
import csv
import hashlib
import os
import re
import shutil
import sqlite3
import sys

GUEST = '{"type":"guest","mode":"pv","link":"xenstore"}'
SAMPLE = '{"type":"sample","workload":"micro","benchmark":"%s","unit":"ns/op","index":%d,"ops":1,"value":%s}'
END = '{"type":"end","steps":1,"failed":0}'
# What formats have as brackets, commas and comments, and what spreadsheets count with.
UGLY = '=1+2",\\"}]#\'<b>\u00fc\u2028'


def guest(db, number, run='r', records=(), status='done', **more):
    row = dict(id=number, run=run, uuid='u%d' % number, domid=number, asked='pv', measured='pv', workload='micro',
               size='quick', image_sha256='00', link='xenstore', emulated=0, status=status, **more)
    db.execute('INSERT INTO guest (%s) VALUES (%s)' % (','.join(row), ','.join('?' * len(row))), list(row.values()))
    seq = 1
    for text in records:
        db.execute('INSERT INTO record VALUES (?, ?, ?)', (number, seq, text))
        found = re.match('{"type":"sample".*"benchmark":"(.*?)".*"index":([0-9]+).*"value":(.*?)[,}]', text, re.S)
        if found:
            db.execute('INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, 1, ?)', (number, seq, 'micro', found[1],
                       int(found[2]), 'ns/op', float(found[3])))
        db.execute('UPDATE guest SET last_seq=?, last_record=?, last_end=?, last_total=?, records=records+1, '
                   'bytes=bytes+? WHERE id=?', (seq + (len(text.encode()) - 1) // 1840, seq, len(text.encode()),
                                                len(text.encode()), len(text.encode()), number))
        seq += (len(text.encode()) - 1) // 1840 + 1
    return db


PLAN = '# a plan\n\tname = a\r\n'


def plan(db, run='r', text=PLAN, status='done', sha256=None, order='random', mode='pv', seed=7):
    """A plan with two cells, the first of which has a boot: that of guest u1."""
    sha256 = sha256 or hashlib.sha256(text.encode()).hexdigest()
    when = '2026-01-02T03:04:05Z'
    db.execute('INSERT INTO plan VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)', (run, text, sha256, seed, order, 'h', when, '00' * 32))
    db.execute("INSERT INTO cell VALUES (5, 1, 0, 'micro', ?, 1)", (mode,))
    db.execute("INSERT INTO cell VALUES (6, 1, 1, 'micro', ?, 2)", (mode,))
    db.execute('INSERT INTO boot VALUES (9, 5, 1, ?, ?, ?, ?, ?, NULL)',
               ('u1', 'h', when, None if status == 'running' else 1500, status))


def reading(db, run='r', uuid='u1', domid=1, moment='before', steady='{"facts":1}', moving='{}', sha256=None,
            flag='steal', text='1.5 % of the time went to others'):
    """A reading of a guest's host, and a noise."""
    ids = []
    for json in steady, moving:
        db.execute('INSERT INTO facts (sha256, json) VALUES (?, ?) ON CONFLICT DO NOTHING',
                   (sha256 or hashlib.sha256(json.encode()).hexdigest(), json))
        ids += db.execute('SELECT id FROM facts WHERE json=?', (json,)).fetchone() or (1,)
    db.execute('INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)', (run, uuid, domid, moment, '2026-01-02T03:04:05Z', *ids))
    db.execute('INSERT INTO noise VALUES (?, ?, ?, ?, ?, ?)', (run, uuid, domid, 0, flag, text))


def ugly(path):
    with sqlite3.connect(path) as db:
        plan(db, run=UGLY, text='name = \u00fc\u2028"]}\n')
        guest(db, 1, run=UGLY, host='-host', protocol='1.0', why='@why',
              records=(GUEST, '{"type":"sample","workload":"micro","benchmark":"-2+3","unit":"ns/op","index":0,'
                              '"ops":1,"value":0.1, "note":"\\u001b]0;\\\\\\"\\n=1",\n"more":[{}]}', END))
        guest(db, 2, records=(GUEST,), status='running')
        reading(db, run=UGLY, steady='{"facts":1,"host":{"kernel":"\\u001b[2J\\"}]"}}', moving='{"host":{"uptime_s":1.25}}',
                text=UGLY)
        db.execute("INSERT INTO barrier VALUES (1, 'r', 'h', 'start', 5, 2, 1500)")
        db.execute('INSERT INTO barrier_guest VALUES (1, 2, -7, 3, 5, NULL)')


def large(path, n):
    with sqlite3.connect(path) as db:
        guest(db, 7, records=[GUEST] + [SAMPLE % ('b%d' % (i % 9), i, i / 8) for i in range(int(n))] + [END])


def part(path, n, status):
    """The first n records of a guest that has five."""
    texts = (GUEST, SAMPLE % ('a', 0, 1.5), SAMPLE % ('a', 1, 2.5) + ' ' * 3000, SAMPLE % ('a', 2, 3.5), END)
    with sqlite3.connect(path) as db:
        guest(db, 1, records=texts[:int(n)], status=status, host='other')
        plan(db, status=status)
        reading(db)


def start(path, host, first, planned, *actual):
    """A barrier of two guests, numbered from first on; where one's start is not known, so is not how far apart
    they were."""
    skew = int(actual[1]) - int(actual[0]) if len(actual) == 2 else None
    with sqlite3.connect(path) as db:
        for i in range(2):
            guest(db, int(first) + i, records=(GUEST, END), host=host)
        db.execute("INSERT INTO barrier VALUES (7, 'r', ?, 'start', ?, 2, ?)", (host, int(planned), skew))
        for i in range(2):
            known = (-i, 3, int(planned), int(actual[i])) if i < len(actual) else (None,) * 4
            db.execute('INSERT INTO barrier_guest VALUES (7, ?, ?, ?, ?, ?)', (int(first) + i, *known))


def other_tables(sql):
    def change(path):
        with sqlite3.connect(path) as db:
            db.executescript(sql)
    return change


def planned(**what):
    def change(path):
        with sqlite3.connect(path) as db:
            plan(db, **what)
    return change


def observed(**what):
    def change(path):
        with sqlite3.connect(path) as db:
            reading(db, **what)
    return change


def torn(path):
    with open(path, 'r+b') as f:
        f.truncate(os.path.getsize(path) // 2)


def scribbled(page):
    def change(path):
        with open(path, 'r+b') as f:
            f.seek(4096 * page + 8)
            f.write(b'\xff' * 64)
    return change


def unsafe(sql):
    """Past SQLite's own checks of types and NULLs, by a change of the schema that is taken back."""
    def change(path):
        db = sqlite3.connect(path)
        db.execute('PRAGMA writable_schema=ON')
        old = db.execute("SELECT name, sql FROM sqlite_master WHERE type='table'").fetchall()
        db.execute("UPDATE sqlite_master SET sql=replace(sql, ' NOT NULL', '') WHERE type='table'")
        db.execute('PRAGMA schema_version=%d' % (db.execute('PRAGMA schema_version').fetchone()[0] + 1))
        db.commit()
        db.close()
        db = sqlite3.connect(path)
        db.executescript(sql)
        db.execute('PRAGMA writable_schema=ON')
        for name, text in old:
            db.execute("UPDATE sqlite_master SET sql=? WHERE name=? AND type='table'", (text, name))
        db.commit()
        db.close()
    return change


# What a store from elsewhere may be. Each must be refused, by whoever reads it.
HOSTILE = {
    'view': other_tables('DROP TABLE sample; CREATE VIEW sample AS SELECT 1 AS guest'),
    'trigger': other_tables('CREATE TRIGGER t AFTER INSERT ON guest BEGIN DELETE FROM record; END'),
    'table': other_tables('CREATE TABLE more (x)'),
    'virtual': other_tables("CREATE VIRTUAL TABLE more USING fts5(x)"),
    'generated': other_tables('ALTER TABLE guest ADD COLUMN x AS (abs(domid))'),
    'index': other_tables('CREATE INDEX i ON guest (abs(domid))'),
    'empty': other_tables('PRAGMA writable_schema=ON; DELETE FROM sqlite_master'),
    'newer': other_tables('PRAGMA user_version=99'),
    'text-for-a-number': other_tables("UPDATE guest SET domid='many'"),
    'text-for-a-figure': other_tables("UPDATE sample SET value='much'"),
    'infinite': other_tables('UPDATE sample SET value=9e999'),
    'negative': other_tables('UPDATE sample SET value=-1.5'),
    'blob-for-text': other_tables("UPDATE guest SET workload=x'00ff'"),
    'no-utf-8': other_tables("UPDATE guest SET workload=CAST(x'80ff' AS TEXT)"),
    'nul': other_tables("UPDATE guest SET workload='a' || char(0) || 'b'"),
    'escape': other_tables("UPDATE guest SET workload='a' || char(27) || '[2J'"),
    'long-name': other_tables("UPDATE sample SET benchmark=hex(zeroblob(5000))"),
    'giant-blob': other_tables('UPDATE guest SET workload=zeroblob(20000000)'),
    'giant-text': other_tables("UPDATE guest SET image_sha256=hex(zeroblob(2000000))"),
    'status': other_tables("UPDATE guest SET status='splendid'"),
    'null': unsafe('UPDATE guest SET workload=NULL'),
    'null-figure': unsafe('UPDATE sample SET value=NULL'),
    'plan-of-another-hash': planned(sha256='00' * 32),
    'plan-with-an-escape': planned(text='name = \033[2J'),
    'plan-too-long': planned(text='#' * 20000),
    'plan-order': planned(order='some'),
    'plan-mode': planned(mode='vmx'),
    'plan-boot': planned(status='splendid'),
    'plan-seed': planned(seed='many'),
    'reading-of-another-hash': observed(sha256='00' * 32),
    'reading-no-object': observed(moving='[1]'),
    'reading-breaks-out': observed(moving='{}},{"run":"x"'),
    'reading-too-long': observed(steady='{"facts":"%s"}' % ('1' * 70000)),
    'reading-moment': observed(moment='during'),
    'noise-too-long': observed(text='x' * 300),
    'noise-with-an-escape': observed(text='\033[2J'),
    'torn': torn,
    'first-page': scribbled(0),
    'second-page': scribbled(1),
}
# These only matter to who reads records.
HOSTILE_RECORDS = {
    'record-no-json': other_tables("UPDATE record SET json='no' WHERE seq=2"),
    'record-no-object': other_tables("UPDATE record SET json='[1]' WHERE seq=2"),
    'record-breaks-out': other_tables("""UPDATE record SET json='{}},{"seq":9' WHERE seq=2"""),
    'record-blob': other_tables("UPDATE record SET json=x'7b7d' WHERE seq=2"),
    'record-giant': other_tables("UPDATE record SET json='{\"a\":\"' || hex(zeroblob(600000)) || '\"}' WHERE seq=2"),
}


def hostile(base, folder):
    for kind, all_of_it in ('all', HOSTILE), ('records', HOSTILE_RECORDS):
        os.makedirs(os.path.join(folder, kind))
        for name, change in all_of_it.items():
            path = os.path.join(folder, kind, name)
            shutil.copy(base, path)
            change(path)


def check_csv(path, lines):
    """Every line has all columns, and no text would be taken for a formula."""
    with open(path, newline='', encoding='utf-8') as f:
        raw = f.read()
        rows = list(csv.reader(raw.splitlines(True), strict=True))
    assert raw.count('\r\n') == raw.count('\n') and len(rows) == int(lines) + 1
    for row in rows:
        assert len(row) == len(rows[0]), row
        assert not any(re.match('[=+@\t\r-]', cell) for cell in row), row


LABELS = r'{([a-z0-9_]+="([^"\\\n]|\\["\\n])*",?)*}'


def check_openmetrics(path, samples):
    """The lines of one family stand together; each is well-formed, and none is there twice."""
    with open(path, encoding='utf-8', newline='') as f:
        lines = f.read().split('\n')
    assert lines[-2:] == ['# EOF', ''], lines[-2:]
    seen, family, done = set(), '', set()
    for line in lines[:-2]:
        comment = re.fullmatch(r'# (TYPE|HELP|UNIT) ([a-z_]+) (.*)', line)
        if comment and comment[1] == 'TYPE':
            assert comment[2] not in done
            family = comment[2]
            done.add(family)
        elif comment:
            assert comment[2] == family and (comment[1] != 'UNIT' or family.endswith('_' + comment[3]))
        else:
            metric = re.fullmatch(r'([a-z_]+)(' + LABELS + r') ([0-9.e+-]+)', line)
            assert metric and metric[1] in (family, family + '_info'), line
            assert (metric[1], metric[2]) not in seen
            seen.add((metric[1], metric[2]))
            float(metric[5])
    assert len([1 for name, _ in seen if name == 'xlab_sample']) == int(samples)


COMMANDS = {'ugly': ugly, 'large': large, 'part': part, 'start': start, 'hostile': hostile, 'check-csv': check_csv,
            'check-openmetrics': check_openmetrics}
COMMANDS[sys.argv[1]](*sys.argv[2:])
