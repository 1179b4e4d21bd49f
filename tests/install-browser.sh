#!/bin/sh
# A Chromium for the browser tests: find one, else install one, else say what is skipped.
#   install-browser.sh         always exits 0: without a browser those tests skip by name
#   install-browser.sh --find  prints the browser's path, installs nothing; exits 1 if there is none
# GANLAB_BROWSER=/path/to/chromium names one that is not on PATH.

find_browser() {
    for name in "${GANLAB_BROWSER:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        [ -n "$name" ] && command -v "$name" && return 0
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

install_with_package_manager() {
    if command -v apt-get >/dev/null; then
        as_root apt-get update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
    elif command -v dnf >/dev/null; then
        as_root dnf install -y -q chromium
    elif command -v pacman >/dev/null; then
        as_root pacman -S --noconfirm --needed chromium
    else
        return 1
    fi
}

if [ "${1:-}" = --find ]; then
    find_browser
    exit
fi

find_browser >/dev/null && exit 0
if may_be_root; then
    echo "Installing Chromium for the browser tests (once) …"
    log=$(mktemp)
    install_with_package_manager >"$log" 2>&1 </dev/null && find_browser >/dev/null && rm -f "$log" && exit 0
    tail -n 5 "$log"
    rm -f "$log"
fi
cat <<'MESSAGE'
No Chromium found and it may not be installed from here: the browser tests are skipped.
Install it with your package manager (Debian: sudo apt install chromium; Fedora: sudo dnf install chromium;
macOS: brew install --cask google-chrome), or set GANLAB_BROWSER to the path of one.
MESSAGE
