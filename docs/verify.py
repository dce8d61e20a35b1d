#!/usr/bin/env python3
"""Checks what leaves Sonae, without Sonae. Needs Python 3 and the openssl command.
  verify.py PACK [--key FINGERPRINT]              an inspection pack, folder or zip (docs/pack-format.md)
  verify.py proof PROOF LEAF [--key FINGERPRINT]  that one event is in the history (docs/history-format.md)
FINGERPRINT is the one printed in checklist.pdf."""
import base64, datetime, hashlib, json, os, re, stat, subprocess, sys, tempfile, zipfile
DER = bytes.fromhex("302a300506032b6570032100")  # what stands before the 32 bytes of an Ed25519 key
SPECIAL = ["checkpoint.txt", "manifest.json", "proof.json", "public-key.pem"]
faults, files, texts = [], {}, {}  # what is wrong; name -> reader; the special files

def sha(data): return hashlib.sha256(data).hexdigest()
def bad(place, why): faults.append(f"{place}: {why}")
def need(condition, why):
    if not condition: raise ValueError(why)
def guard(place, step, *arguments):  # anything that goes wrong in a step is a fault of that file
    try: return step(*arguments)
    except Exception as error: bad(place, str(error) if type(error) is ValueError else f"cannot be checked ({error!r})")
def add(name, regular, reader):  # only regular files whose names stay inside
    unsafe = re.search(r"(^|/)\.{0,2}(/|$)|[\\:\x00-\x1f\x7f]", name)
    if unsafe or not regular or name in files: bad(name, "is not a plain file of its own")
    else: files[name] = reader
def open_pack(path):
    if not os.path.isdir(path):
        archive = zipfile.ZipFile(path)
        for one in archive.infolist():
            kind = stat.S_IFMT(one.external_attr >> 16) if one.create_system == 3 else 0
            if not one.is_dir(): add(one.orig_filename, kind in (0, stat.S_IFREG), lambda one=one: archive.read(one))
        return
    for full in (os.path.join(folder, name) for folder, folders, names in os.walk(path) for name in folders + names):
        if os.path.islink(full) or not os.path.isdir(full):
            name, regular = os.path.relpath(full, path).replace(os.sep, "/"), stat.S_ISREG(os.lstat(full).st_mode)
            add(name, regular, lambda full=full: open(full, "rb").read())
def read(name):
    need(name in files, "is missing")
    return files[name]()
def canonical(text):  # JSON in its one form (RFC 8785); another spelling of the same was changed
    value = json.loads(text)
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    need(text in (again, again.encode()), "is not in its canonical form, it was changed")
    return value
def check_file(file):
    data = read(file["path"])
    need((len(data), sha(data)) == (file["size"], file["sha256"]), "was changed")
def check_manifest():
    manifest = canonical(texts["manifest.json"])
    need(manifest["format"] == "sonae-pack/1", "has a format unknown to this program")
    listed = [file["path"] for file in manifest["files"]]
    need(len(set(listed + SPECIAL)) == len(listed + SPECIAL), "lists a file that it may not")
    for file in manifest["files"]: guard(file["path"], check_file, file)
    for name in sorted(set(files) - set(listed) - set(SPECIAL)): bad(name, "is not in the manifest")
    return manifest["institution"]["id"]

def open_note(note, key, name_of_key, one=True):  # origin, size, root; a blank line; signatures over the three lines
    match = re.fullmatch(rb"((sonae/[^\n]+)\n(\d+)\n([^\n]+)\n)\n((?:\xe2\x80\x94 [^\n ]+ [^\n ]+\n)+)", note)
    need(match and (not one or match[5].count(b"\n") == 1), "is not a checkpoint with one signature")
    head, origin, size, root, lines = match.groups()
    key_id = hashlib.sha256(origin + b"\n\1" + key).digest()[:4]
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(DER + key) + b"\n-----END PUBLIC KEY-----\n"
    for line in lines.splitlines():
        name, text = line[4:].split(b" ")
        signature = base64.b64decode(text)
        if (name, signature[:4], base64.b64encode(signature)) != (origin, key_id, text): continue
        with tempfile.TemporaryDirectory() as tmp:
            for file, data in ("key", pem), ("head", head), ("signature", signature[4:]):
                with open(os.path.join(tmp, file), "wb") as out: out.write(data)
            command = "openssl pkeyutl -verify -rawin -pubin -inkey key -sigfile signature -in head"
            done = subprocess.run(command.split(), cwd=tmp, capture_output=True)
        need(done.returncode == 0, f"the signature does not hold under {name_of_key}")
        return origin.decode()[6:], int(size), base64.b64decode(root)
    raise ValueError(f"has no signature by {name_of_key}")
def check_checkpoint(institution, key):
    origin, size, root = open_note(texts["checkpoint.txt"], key, "public-key.pem")
    need(institution in (None, origin), "is of another institution")
    return size, root
def check_path(leaf, index, size, path, root):  # RFC 9162, 2.1.3.2
    node, at, last = hashlib.sha256(b"\0" + leaf).digest(), index, size - 1
    need(0 <= index < size, "does not belong to the checkpoint")
    for digest in path:
        need(last > 0, "has too long a path")
        left = at % 2 or at == last
        node = hashlib.sha256(b"\1" + (digest + node if left else node + digest)).digest()
        while left and at and at % 2 == 0: at, last = at // 2, last // 2
        at, last = at // 2, last // 2
    need(last == 0 and node == root, "does not lead to the checkpoint's root")

def check_key():
    pem = texts["public-key.pem"]
    der = base64.b64decode(pem.split(b"\n")[1])
    again = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    need(pem == again and der[:-32] == DER, "is not an Ed25519 key in its one form")
    return der[-32:]
def check_proof(institution, checkpoint):
    proof = canonical(texts["proof.json"])
    leaf, body, index = canonical(proof["leaf"]), canonical(proof["body"]), proof["index"]
    need(all(re.fullmatch("[0-9a-f]{64}", digest) for digest in proof["path"] + [proof["salt"]]), "has a wrong digest")
    need(sha(bytes.fromhex(proof["salt"]) + proof["body"].encode()) == leaf["after"], "the body is not the leaf's")
    need((leaf["register"], leaf["seq"]) == ("pack", index), "is not the event of a pack")
    need(institution in (None, leaf["institution"]), "is of another institution")
    if body["fields"]["manifest"] != sha(texts["manifest.json"]): bad("manifest.json", "is not the one recorded")
    need(checkpoint and checkpoint[0] == proof["size"], "does not belong to the checkpoint")
    check_path(proof["leaf"].encode(), index, checkpoint[0], map(bytes.fromhex, proof["path"]), checkpoint[1])
def tidy(path):  # without what editors and mail programs add
    with open(path, "rb") as file: text = file.read().removeprefix(b"\xef\xbb\xbf")
    return text.replace(b"\r\n", b"\n").rstrip(b"\n")
def check_tlog_proof(proof, leaf):  # c2sp.org/tlog-proof; "extra" is the key that signed
    text, leaf = tidy(proof) + b"\n", tidy(leaf)
    form = rb"c2sp\.org/tlog-proof@v1\nextra ([^\n]+)\nindex (0|[1-9]\d*)\n((?:[^\n]+\n)*)\n(.*)"
    match = re.fullmatch(form, text, re.S)
    need(match, "is not a tlog-proof with a key")
    parts = [match[1]] + match[3].splitlines()
    key, *path = raw = [base64.b64decode(part) for part in parts]
    need(all(len(one) == 32 and base64.b64encode(one) == part for one, part in zip(raw, parts)), "has a wrong digest")
    origin, size, root = open_note(match[4], key, "its key", one=False)
    said = canonical(leaf)
    check_path(leaf, int(match[2]), size, path, root)
    need((said["seq"], said["institution"]) == (int(match[2]), origin), "the leaf is of another place")
    at = datetime.datetime.fromtimestamp(said["at"] // 10**6, datetime.timezone.utc)
    print(f"event {said['seq']} of {size}: {at:%Y-%m-%d %H:%M:%S} UTC, by {said['by']}:",
          f"{said['action']} {said['register']}:{said['id']} v{said['version']}")
    return key
def check_pack(path):
    guard(path, open_pack, path)
    for name in SPECIAL: texts[name] = guard(name, read, name) or b""
    institution, key = guard("manifest.json", check_manifest), guard("public-key.pem", check_key)
    guard("proof.json", check_proof, institution, guard("checkpoint.txt", check_checkpoint, institution, key or b""))
    print(f"{len(files)} files")
    return key

if __name__ == "__main__":
    words, given = sys.argv[1:], None
    if len(words) > 2 and words[-2] == "--key": words, given = words[:-2], re.sub("[: ]", "", words[-1]).lower()
    if len(words) == 1: key = check_pack(words[0])
    elif len(words) == 3 and words[0] == "proof": key = guard(words[1], check_tlog_proof, *words[1:])
    else: sys.exit(__doc__)
    print(f"fingerprint of the key: {sha(key or b'')}")
    if given is None: print("Compare the fingerprint with the one printed in checklist.pdf.")
    elif given != sha(key or b""): bad("public key", "is another key")
    print("\n".join(["NOT VERIFIED"] + faults) if faults else "verified")
    sys.exit(1 if faults else 0)
