# What ./run and ./test share: the Debian packages and the build. Sourced with `root` set to the folder of the
# clone. Everything said here goes to standard error; standard output belongs to the program.

say() { printf 'sonae: %s\n' "$*" >&2; }

# Shows the end of a log and stops.
give_up() {
    say "$1"
    [ -z "${2:-}" ] || { tail -n 40 "$2" >&2; say "全体の記録 / the whole log: $2"; }
    exit 1
}

# install_packages LIST...: installs what is missing of the lists; asks nobody anything.
install_packages() {
    local log="$root/build/packages.log" wanted missing as_root=()
    wanted=$(grep -hv '^#' "$@" | sort -u)
    # shellcheck disable=SC2086
    missing=$({ dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true; } |
        sed -n 's/ installed$//p' | sort -u | comm -23 <(printf '%s\n' $wanted) -)
    [ -n "$missing" ] || return 0
    missing=${missing//$'\n'/ }
    command -v apt-get >/dev/null || give_up "this needs Debian 12, or these packages: $missing"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || give_up "once as root, please: apt-get install $missing"
        as_root=(sudo)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
    say "必要なパッケージを入れています（初回だけ） / installing packages (first time only): $missing"
    # Without a network, or with fresh lists, the lists on the machine are good enough; else they are fetched.
    # shellcheck disable=SC2086
    "${as_root[@]}" apt-get install -y --no-install-recommends $missing >"$log" 2>&1 </dev/null && return 0
    "${as_root[@]}" apt-get update >>"$log" 2>&1 </dev/null || give_up "apt-get update failed" "$log"
    # shellcheck disable=SC2086
    "${as_root[@]}" apt-get install -y --no-install-recommends $missing >>"$log" 2>&1 </dev/null ||
        give_up "apt-get install failed" "$log"
}

# build PRESET TARGET: brings build/PRESET up to date. One build at a time; another one waits for it.
build() {
    local folder="$root/build/$1" log="$root/build/$1.log" told=
    exec 9>"$root/build/lock"
    flock 9
    # A clone that was moved or copied starts its build anew: CMake writes full paths into it. So it does when the
    # presets have changed: CMake reads them the first time only.
    if [ ! -f "$folder/build.ninja" ] || [ "$root/CMakePresets.json" -nt "$folder/CMakeCache.txt" ] ||
        ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
        rm -rf "$folder"
        (cd "$root" && LC_ALL=C.UTF-8 cmake --preset "$1") >"$log" 2>&1 9>&- || {
            rm -rf "$folder"
            give_up "the build could not be set up" "$log"
        }
    fi
    LC_ALL=C.UTF-8 ninja -C "$folder" "$2" 2>&1 9>&- | while IFS= read -r line; do
        printf '%s\n' "$line"
        if [ -z "$told" ] && [[ $line == \[[1-9]* ]]; then
            told=yes
            say "組み立てています（初回は数分かかります） / building (some minutes the first time)"
        fi
    done >"$log" || give_up "the build failed" "$log"
    exec 9>&-
}
