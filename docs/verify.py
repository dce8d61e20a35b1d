#!/usr/bin/env python3
"""Checks an inspection pack of Sonae without Sonae (docs/pack-format.md): verify.py PACK [--key FINGERPRINT]
PACK is the folder or the zip, FINGERPRINT the one printed in checklist.pdf. Needs Python 3 and the openssl command."""
import base64, hashlib, json, os, re, stat, subprocess, sys, tempfile, zipfile
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

def check_checkpoint(institution, key):  # origin, size, root; a blank line; one signature over the three lines
    note = re.fullmatch(rb"((sonae/[^\n]+)\n(\d+)\n([^\n]+)\n)\n\xe2\x80\x94 \2 ([^\n ]+)\n", texts["checkpoint.txt"])
    need(note, "is not a checkpoint with one signature")
    head, origin, size, root, line = note.groups()
    need(institution in (None, origin.decode()[6:]), "is of another institution")
    signature, key_id = base64.b64decode(line), hashlib.sha256(origin + b"\n\1" + key).digest()[:4]
    with tempfile.TemporaryDirectory() as tmp:
        for name, data in ("key", texts["public-key.pem"]), ("head", head), ("signature", signature[4:]):
            with open(os.path.join(tmp, name), "wb") as out: out.write(data)
        command = "openssl pkeyutl -verify -rawin -pubin -inkey key -sigfile signature -in head"
        done = subprocess.run(command.split(), cwd=tmp, capture_output=True)
    need(done.returncode == 0 and signature[:4] == key_id and base64.b64encode(signature) == line,
         "the signature does not hold under public-key.pem")
    return int(size), base64.b64decode(root)

def check_key():
    pem = texts["public-key.pem"]
    der = base64.b64decode(pem.split(b"\n")[1])
    again = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    need(pem == again and der[:-32].hex() == "302a300506032b6570032100", "is not an Ed25519 key in its one form")
    return der[-32:]
def check_proof(institution, checkpoint):
    proof = canonical(texts["proof.json"])
    leaf, body, index = canonical(proof["leaf"]), canonical(proof["body"]), proof["index"]
    need(all(re.fullmatch("[0-9a-f]{64}", digest) for digest in proof["path"] + [proof["salt"]]), "has a wrong digest")
    need(sha(bytes.fromhex(proof["salt"]) + proof["body"].encode()) == leaf["after"], "the body is not the leaf's")
    need((leaf["register"], leaf["seq"]) == ("pack", index), "is not the event of a pack")
    need(institution in (None, leaf["institution"]), "is of another institution")
    if body["fields"]["manifest"] != sha(texts["manifest.json"]): bad("manifest.json", "is not the one recorded")
    need(checkpoint and 0 <= index < checkpoint[0] == proof["size"], "does not belong to the checkpoint")
    node, at, last = hashlib.sha256(b"\0" + proof["leaf"].encode()).digest(), index, checkpoint[0] - 1
    for digest in map(bytes.fromhex, proof["path"]):  # RFC 9162, 2.1.3.2
        need(last > 0, "has too long a path")
        left = at % 2 or at == last
        node = hashlib.sha256(b"\1" + (digest + node if left else node + digest)).digest()
        while left and at and at % 2 == 0: at, last = at // 2, last // 2
        at, last = at // 2, last // 2
    need(last == 0 and node == checkpoint[1], "does not lead to the checkpoint's root")

if __name__ == "__main__":
    if len(sys.argv) != 2 and (len(sys.argv) != 4 or sys.argv[2] != "--key"): sys.exit(__doc__)
    guard(sys.argv[1], open_pack, sys.argv[1])
    for name in SPECIAL: texts[name] = guard(name, read, name) or b""
    institution, key = guard("manifest.json", check_manifest), guard("public-key.pem", check_key)
    guard("proof.json", check_proof, institution, guard("checkpoint.txt", check_checkpoint, institution, key or b""))
    print(f"{len(files)} files; fingerprint of the key: {sha(key or b'')}")
    if len(sys.argv) == 2: print("Compare the fingerprint with the one printed in checklist.pdf.")
    elif re.sub("[: ]", "", sys.argv[3]).lower() != sha(key or b""): bad("public-key.pem", "is another key")
    print("\n".join(["NOT VERIFIED"] + faults) if faults else "verified")
    sys.exit(1 if faults else 0)
