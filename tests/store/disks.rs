//! Disks that are full, read-only or gone, under the real program: it says so in plain words, nothing is dropped, and all
//! of it is written when the disk is well again.
//!
//! Real file systems: each test runs a shell in namespaces of its own (`unshare -Urm`, no rights needed where the system
//! lets users have them) and mounts a tmpfs there.  Where that cannot be, as in some containers, the tests say so and pass.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use luma::document::history::Document;
use luma::store::read;
use luma::store::typing::Typist;

use super::{assert_same, assert_sound, said, typed};

/// Runs a script with `$DIR` a tmpfs of `size`, `$KEEP` a folder that outlives it, and the typist as the function `typing`.
fn with_disk(size: &str, keep: &Path, script: &str) -> Option<Output> {
    let prelude = format!(
        r#"set -eu
mount -t tmpfs -o size={size} tmpfs "$DIR"
# Types N edits in the background; what it says goes to $KEEP/said, and closing its input ends it.
typing() {{ mkfifo "$KEEP/in"; exec 9<>"$KEEP/in"; "$LUMA" --db "$DIR/luma.db" db type --seed 5 --rate 0 --edits "$1" <"$KEEP/in" >"$KEEP/said" 2>"$KEEP/errors" 9>&- & pid=$!; }}
# Waits until it has said something.
wait_for() {{ for _ in $(seq 1200); do grep -q "$1" "$KEEP/said" 2>/dev/null && return 0; kill -0 $pid 2>/dev/null || break; sleep 0.05; done; echo "never said: $1" >&2; tail -n 3 "$KEEP/said" "$KEEP/errors" >&2; exit 1; }}
finish() {{ exec 9>&-; wait $pid; cp "$DIR/luma.db" "$KEEP/luma.db"; }}
"#
    );
    let dir = keep.join("disk");
    fs::create_dir_all(&dir).unwrap();
    let unshare = |script: &str| {
        Command::new("timeout")
            .args(["100", "unshare", "-Urm", "bash", "-c", script])
            .env("DIR", &dir)
            .env("KEEP", keep)
            .env("LUMA", env!("CARGO_BIN_EXE_luma"))
            .output()
    };
    match unshare("mount -t tmpfs tmpfs \"$DIR\"") {
        Ok(output) if output.status.success() => Some(unshare(&format!("{prelude}{script}")).unwrap()),
        _ => {
            println!("This system gives no namespaces to its users: nothing was tested");
            None
        }
    }
}

/// What `n` edits of the typist make.
fn typed_by_hand(n: u64) -> Document {
    let (mut document, mut typist) = (Document::default(), Typist::new(5));
    (0..n).for_each(|_| drop(typist.next(&mut document).unwrap()));
    document
}

/// The script went through, the words were said, and the file holds all `n` edits.
#[track_caller]
fn check(size: &str, n: u64, words: &[&str], script: &str) {
    let keep = tempfile::tempdir().unwrap();
    let Some(output) = with_disk(size, keep.path(), script) else { return };
    assert!(output.status.success(), "{}", said(&output));
    let said = fs::read_to_string(keep.path().join("said")).unwrap();
    for words in words {
        assert!(
            said.contains(words),
            "never said \"{words}\": {}",
            said.lines().filter(|line| !line.starts_with("typed")).collect::<Vec<_>>().join("\n")
        );
    }
    assert!(said.ends_with("closed\n"), "{said}");
    let library = keep.path().join("luma.db");
    assert_sound(&library);
    assert_same(&read(&library).unwrap().document, &typed_by_hand(n));
}

#[test]
fn a_full_disk_is_told_and_everything_is_written_once_there_is_room() {
    check(
        "8m",
        4000,
        &["is full. Free some space", "\nwell\n"],
        r#"
typing 4000
wait_for "saved"
dd if=/dev/zero of="$DIR/ballast" bs=64k 2>/dev/null || true
wait_for "is full"
wait_for "typed 4000"
rm "$DIR/ballast"
mount -o remount,size=200m "$DIR"
wait_for "saved 4000"
finish"#,
    );
}

#[test]
fn a_read_only_folder_is_told_and_everything_is_written_once_it_is_writable() {
    check(
        "200m",
        500,
        &["read-only. Make it writable", "\nwell\n"],
        r#"
"$LUMA" --db "$DIR/luma.db" db init >&2
mount --bind "$DIR" "$DIR"; mount -o remount,ro,bind "$DIR"
typing 500
wait_for "typed 500"
wait_for "trouble"
mount -o remount,rw,bind "$DIR"
wait_for "saved 500"
finish"#,
    );
}

#[test]
fn a_deleted_library_is_written_anew_with_everything_in_it() {
    check(
        "200m",
        800,
        &["saved 800"],
        r#"
typing 800
wait_for "saved"
rm "$DIR"/luma.db "$DIR"/luma.db-wal "$DIR"/luma.db-shm
wait_for "saved 800"
finish"#,
    );
}

#[test]
fn a_disk_that_is_pulled_and_comes_back_gets_everything_in_order() {
    check(
        "200m",
        3000,
        &["is gone: its disk or folder is not there", "\nwell\n"],
        r#"
mkdir "$DIR/stick"; mount -t tmpfs stick "$DIR/stick"; mkdir "$DIR/lib"; mount --bind "$DIR/stick" "$DIR/lib"
DIR="$DIR/lib"
typing 3000
wait_for "saved"
umount -l "$DIR"
wait_for "is gone"
mount --bind "$DIR/../stick" "$DIR"
wait_for "saved 3000"
finish"#,
    );
}

#[test]
fn a_copy_that_takes_the_place_of_a_lost_disk_is_known_again() {
    check(
        "200m",
        3000,
        &["is gone: its disk or folder is not there", "\nwell\n"],
        r#"
mkdir "$DIR/lib"; ROOT="$DIR"; DIR="$DIR/lib"
typing 3000
wait_for "saved"
mv "$DIR" "$ROOT/away"
wait_for "is gone"
cp -r "$ROOT/away" "$ROOT/copy"; mv "$ROOT/copy" "$DIR"
wait_for "saved 3000"
finish"#,
    );
}

#[test]
fn a_stranger_in_the_librarys_place_is_not_written_to() {
    let keep = tempfile::tempdir().unwrap();
    let stranger = keep.path().join("stranger.db");
    let theirs = typed(&stranger, 40);
    let script = r#"
typing 3000
wait_for "saved"
ln "$DIR/luma.db" "$DIR/ours.db"; cp "$KEEP/stranger.db" "$DIR/new.db"; mv "$DIR/new.db" "$DIR/luma.db"
wait_for "has taken the place"
cp "$DIR/luma.db" "$KEEP/after.db"
mv "$DIR/ours.db" "$DIR/luma.db"
wait_for "saved 3000"
finish"#;
    let Some(output) = with_disk("200m", keep.path(), script) else { return };
    assert!(output.status.success(), "{}", said(&output));
    assert_same(&read(&keep.path().join("luma.db")).unwrap().document, &typed_by_hand(3000));
    assert_same(&read(&keep.path().join("after.db")).unwrap().document, &theirs);
}

/// A stick with the write protection on, pulled from a Luma that was killed: the last edits are still in the log.
#[test]
fn a_library_on_a_read_only_medium_is_read_with_what_its_log_holds() {
    let keep = tempfile::tempdir().unwrap();
    let script = r#"
typing 300
wait_for "saved 300"
kill -9 $pid
test -s "$DIR/luma.db-wal"
mount --bind "$DIR" "$DIR"; mount -o remount,ro,bind "$DIR"
"$LUMA" --db "$DIR/luma.db" db status --json >"$KEEP/status"
"#;
    let Some(output) = with_disk("200m", keep.path(), script) else { return };
    assert!(output.status.success(), "{}", said(&output));
    let status: serde_json::Value = serde_json::from_slice(&fs::read(keep.path().join("status")).unwrap()).unwrap();
    let wanted = typed_by_hand(300);
    assert_eq!(status["undo_steps"], wanted.history().0.count());
    assert_eq!(status["good"], true);
}
