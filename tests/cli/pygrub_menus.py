# SPDX-License-Identifier: ISC
#
# pygrub_menus.py PROGRAM FOLDER: menus put together at random, always the same ones, are read by the
# parsers of the real pygrub in FOLDER and by PROGRAM (pygrub_menu.c). Says where the two differ.
import json
import logging
import os
import random
import subprocess
import sys
import tempfile

program, folder = sys.argv[1:]
sys.path.insert(0, folder)
import grub.ExtLinuxConf
import grub.GrubConf

EACH = 1500
GRUB2 = """menuentry 'A' {|menuentry "B" --class x {|menuentry 'C'{|menuentry 'D' --id {x {|}|} |submenu 'x' {|\
function f {|set default=1|set default='B'|set default="${saved_entry}"|set root='hd0,msdos1'|set root=(hd0,1)|\
set root=hd0|set root='hd1,gpt2'|set root=xx|set|set a|set a=b|set a=b=c|set a b|set a b=c|set a b c|set 'a'=b|\
linux /k a=b|linux /k|linux16\t/k x|linux\t/k2 root=/dev/sda1\tro|linux=/k x|linux (hd0,1)/k y|linux ($r)/k|\
linux (hd0|initrd /i|initrd\t/i /j|initrd (hd0,msdos1)/i|initrd16 /i2|echo 'a'|# c||if [ x = y ]; then|fi|\
  menuentry 'E' {|default=1|insmod a=b|set timeout=5|set default=-1|set default= 1_0|set default=x|linux|initrd|\
menuentry 'it's' {|set root=hd0,|set root=,1|set root='/dev/xvda1,1'|set root=/dev/xvd|set root="hd0,msdos1|\
set root=''|linux  /k  a  b|set default=''""".split("|")
LEGACY = """title A|title|titleB|  title C d|default 1|default=0|default saved|default -1|root (hd0,0)|root (hd0)|\
rootnoverify (hd0,1)|root hd0,a|root (fd)|kernel /k a=b|kernel (hd0,0)/k|kernel /k|kernel=/k x|initrd /i|\
initrd /i /j|module /x|splashimage=(hd0,0)/x|splashimage (x|timeout=5|# x||kernel|makeactive|chainloader +1|\
color a/b|kernel\t/k\tz""".split("|")
EXTLINUX = """DEFAULT b|default a|LABEL a|label b|LABEL|labelc|KERNEL /k|kernel /k2 x|APPEND initrd=/i ro|\
append root=/x|append  a  b initrd=/i  c|APPEND "q r"|INITRD /i|LINUX /k|# c||TIMEOUT 5|append a=b initrd=/i=j|\
label a b|append INITRD=/I x|kernel|LABEL=a|menu label b""".split("|")
KINDS = [(grub.GrubConf.Grub2ConfigFile, GRUB2), (grub.GrubConf.GrubConfigFile, LEGACY),
         (grub.ExtLinuxConf.ExtLinuxConfigFile, EXTLINUX)]


def real(parser, text):
    """What run_grub() of pygrub takes; None for its exceptions."""
    try:
        cf = parser()
        cf.filename = "/x"
        cf.parse(text)
        n = cf.default if cf.default < len(cf.images) else 0
        image = cf.images[n]
        initrd = image.initrd[1] if image.initrd else ""
        return [image.kernel[1], initrd, image.args or ""]
    except Exception:
        return None


def menu(kind, words):
    """Half of those of GRUB 2 have an entry that is whole."""
    if kind or random.random() < 0.5:
        return "\n".join(random.choices(words, k=random.randint(1, 10)))
    lines = []
    inner = [w for w in words if "menuentry" not in w and not w.startswith("}")]
    for _ in range(random.randint(1, 3)):
        lines += random.choices(words, k=random.randint(0, 2)) + ["menuentry 'A' {"]
        lines += random.choices(inner, k=random.randint(0, 4)) + ["linux /q r=s", "}"]
    return "\n".join(lines)


logging.disable(logging.CRITICAL)
random.seed(4)
bad = good = 0
for kind, (parser, words) in enumerate(KINDS):
    with tempfile.TemporaryDirectory() as tmp:
        names, want = [], []
        for n in range(EACH):
            text = menu(kind, words)
            names.append(os.path.join(tmp, str(n)))
            want.append((real(parser, text), text))
            with open(names[-1], "w") as f:
                f.write(text)
        out = subprocess.run([program, str(kind)] + names, capture_output=True, text=True, check=True)
        got = [json.loads(line) for line in out.stdout.splitlines()]
    assert len(got) == EACH
    for ours, (theirs, text) in zip(got, want):
        good += theirs is not None
        if ours != theirs:
            bad += 1
            print(f"ours {ours}, pygrub's {theirs}:\n{text}\n")
print(f"{bad} differ; pygrub boots {good} of {EACH * len(KINDS)}")
sys.exit(bad > 0 or good < EACH / 3)
