use super::super::{BadUnlock, EntryError, Secret};
use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn quick() -> WorkFactor {
    WorkFactor::new(WorkFactor::MIN).unwrap()
}

fn phrase(text: &str) -> Unlock {
    Unlock::read(text).unwrap()
}

fn right() -> Unlock {
    phrase("correct horse battery")
}

fn place() -> (TempDir, KeyFile) {
    let dir = tempfile::tempdir().unwrap();
    let file = KeyFile::new(dir.path().join("keys.age"));
    (dir, file)
}

fn add(file: &KeyFile, name: &str, n: u8) -> Result<(), KeysError> {
    file.edit(&right(), quick(), |c| {
        let secret = Secret::from_bytes(&[n; 32]).unwrap();
        c.add_master(name, None, secret, 1)
            .map_err(KeysError::from)?;
        Ok(())
    })
}

fn names(file: &KeyFile) -> Vec<String> {
    let contents = file.read(&right()).unwrap();
    contents.entries().iter().map(|e| e.name.clone()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_file_is_made_changed_and_read_by_its_owner_alone() {
    let (dir, file) = place();
    assert!(!file.exists());
    assert!(matches!(
        file.read(&right()),
        Err(KeysError::Missing { .. })
    ));
    add(&file, "a", 1).unwrap();
    add(&file, "b", 2).unwrap();
    assert_eq!(names(&file), ["a", "b"]);
    let mut there: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, ["keys.age", "keys.age.lock"]);
    for name in there {
        assert_eq!(mode(&dir.path().join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let (_dir, file) = place();
    add(&file, "a", 1).unwrap();
    for wide in [0o640, 0o604, 0o620, 0o660, 0o644, 0o777, 0o610, 0o601] {
        fs::set_permissions(file.path(), fs::Permissions::from_mode(wide)).unwrap();
        let refused = file.read(&right()).unwrap_err();
        assert!(
            matches!(refused, KeysError::Wide { mode, .. } if mode == wide),
            "{refused}"
        );
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
        assert!(add(&file, "b", 2).is_err());
    }
    for narrow in [0o600, 0o400] {
        fs::set_permissions(file.path(), fs::Permissions::from_mode(narrow)).unwrap();
        assert_eq!(names(&file), ["a"]);
    }
    // and what is written is never wider than it has to be, whatever it was
    add(&file, "b", 2).unwrap();
    assert_eq!(mode(file.path()), 0o600);
}

#[test]
fn a_secrets_file_that_others_may_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("passphrase");
    fs::write(&path, "correct horse battery\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        Unlock::from_file(&path),
        Err(KeysError::Wide { .. })
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let (_keep, file) = place();
    add(&file, "a", 1).unwrap();
    assert!(file.read(&Unlock::from_file(&path).unwrap()).is_ok());
    fs::write(&path, "\n").unwrap();
    let empty = Unlock::from_file(&path).unwrap_err();
    assert!(matches!(empty, KeysError::Unlock(BadUnlock::Empty)));
    fs::write(&path, [0xff, 0xfe]).unwrap();
    let bytes = Unlock::from_file(&path).unwrap_err();
    assert!(matches!(bytes, KeysError::Unlock(BadUnlock::NotText)));
    assert!(matches!(
        Unlock::from_file(dir.path()),
        Err(KeysError::Disk { .. })
    ));
    let nowhere = dir.path().join("nowhere");
    assert!(matches!(
        Unlock::from_file(&nowhere),
        Err(KeysError::Missing { .. })
    ));
}

#[test]
fn killed_before_the_rename_the_old_content_stands() {
    let (dir, file) = place();
    add(&file, "a", 1).unwrap();
    // all of a change except its last step: what a kill there leaves behind
    let contents = Contents::default();
    let sealed = codec::seal(&contents, &right(), quick()).unwrap();
    std::mem::forget(private::prepare(file.path(), &sealed).unwrap());
    let left = dir.path().join("keys.age.new");
    assert_eq!(mode(&left), 0o600);
    assert_eq!(names(&file), ["a"]);
    // half of the new content, by a kill in the middle of writing it
    fs::write(&left, &sealed[..sealed.len() / 2]).unwrap();
    assert_eq!(names(&file), ["a"]);
    add(&file, "b", 2).unwrap();
    assert_eq!(names(&file), ["a", "b"]);
    assert!(!left.exists());
}

#[test]
fn a_change_that_is_refused_changes_nothing() {
    let (_dir, file) = place();
    add(&file, "a", 1).unwrap();
    let before = fs::read(file.path()).unwrap();
    let twice = add(&file, "again", 1).unwrap_err();
    assert!(matches!(twice, KeysError::Entry(EntryError::Taken { .. })));
    let wrong = file.edit(&phrase("not the passphrase"), quick(), |_| {
        Ok::<_, KeysError>(())
    });
    assert!(matches!(wrong, Err(KeysError::Wrong { .. })));
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[test]
fn a_weak_passphrase_locks_nothing() {
    let (_dir, file) = place();
    let weak = phrase("hunter2");
    let refused = file
        .edit(&weak, quick(), |_| Ok::<_, KeysError>(()))
        .unwrap_err();
    assert!(matches!(refused, KeysError::Unlock(BadUnlock::Short(7))));
    assert!(!file.exists());
    add(&file, "a", 1).unwrap();
    assert!(file.relock(&right(), &weak, quick()).is_err());
    assert_eq!(names(&file), ["a"]);
}

#[test]
fn the_passphrase_changes_as_a_whole() {
    let (_dir, file) = place();
    add(&file, "a", 1).unwrap();
    let new = phrase("another passphrase");
    assert!(file.relock(&new, &right(), quick()).is_err());
    file.relock(&right(), &new, quick()).unwrap();
    assert!(matches!(file.read(&right()), Err(KeysError::Wrong { .. })));
    assert_eq!(file.read(&new).unwrap().entries().len(), 1);
    // from a passphrase to an identity of age
    let identity = Unlock::read(&super::super::unlock::generate_identity()).unwrap();
    file.relock(&new, &identity, quick()).unwrap();
    assert!(matches!(file.read(&new), Err(KeysError::OtherLock { .. })));
    assert_eq!(file.read(&identity).unwrap().entries().len(), 1);
}

#[test]
fn two_programs_that_change_it_lose_nothing() {
    let (_dir, file) = place();
    add(&file, "a", 1).unwrap();
    let threads: Vec<_> = (2..8u8)
        .map(|n| {
            let file = file.clone();
            std::thread::spawn(move || add(&file, &format!("n{n}"), n).unwrap())
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    assert_eq!(names(&file).len(), 7);
}

#[test]
fn a_link_to_it_stays_a_link() {
    let (dir, file) = place();
    add(&file, "a", 1).unwrap();
    let link = dir.path().join("link.age");
    std::os::unix::fs::symlink(file.path(), &link).unwrap();
    add(&KeyFile::new(&link), "b", 2).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(&file), ["a", "b"]);
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let (dir, _) = place();
    let file = KeyFile::new(dir.path().join("no/keys.age"));
    let told = add(&file, "a", 1).unwrap_err();
    assert!(matches!(told, KeysError::Disk { .. }), "{told}");
}
