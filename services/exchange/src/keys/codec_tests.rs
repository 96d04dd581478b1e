use super::super::contents::AgentOf;
use super::super::unlock::generate_identity;
use super::*;
use proptest::prelude::*;

const PATH: &str = "keys.age";

fn quick() -> WorkFactor {
    WorkFactor::new(WorkFactor::MIN).unwrap()
}

fn phrase(text: &str) -> Unlock {
    Unlock::read(text).unwrap()
}

fn identity() -> Unlock {
    Unlock::read(&generate_identity()).unwrap()
}

fn sample() -> Contents {
    let mut c = Contents::default();
    let secret = |n: u8| Secret::from_bytes(&[n; 32]).unwrap();
    c.add_master("main", None, secret(1), 10).unwrap();
    let of = |name: &str, n: u8| AgentOf {
        name: name.into(),
        account: None,
        subaccount: Some(Address([n; 20])),
    };
    c.add_agent(&of("bot-1", 1), secret(2), Some(99), 20)
        .unwrap();
    c.new_agent(&of("bot-2", 2), 30).unwrap();
    c.remove("bot-1", 40).unwrap();
    c
}

fn same(a: &Contents, b: &Contents) {
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
    for (a, b) in a.entries.iter().zip(&b.entries) {
        assert_eq!(a.secret.expose(), b.secret.expose());
    }
}

fn try_open(sealed: &[u8], unlock: &Unlock) -> Result<Contents, KeysError> {
    open(sealed, unlock, Path::new(PATH))
}

fn refusal(sealed: &[u8], unlock: &Unlock) -> KeysError {
    try_open(sealed, unlock).unwrap_err()
}

#[test]
fn what_is_sealed_opens_with_the_same_secret_alone() {
    let contents = sample();
    for unlock in [phrase("correct horse"), identity()] {
        let sealed = seal(&contents, &unlock, quick()).unwrap();
        same(&try_open(&sealed, &unlock).unwrap(), &contents);
    }
    let sealed = seal(&contents, &phrase("correct horse"), quick()).unwrap();
    let wrong = refusal(&sealed, &phrase("wrong horse"));
    assert!(
        matches!(
            wrong,
            KeysError::Wrong {
                secret: "passphrase",
                ..
            }
        ),
        "{wrong}"
    );
    let other = refusal(&sealed, &identity());
    assert_eq!(
        other.to_string(),
        "keys.age is locked by a passphrase, not by an identity of age"
    );
    let sealed = seal(&contents, &identity(), quick()).unwrap();
    let wrong = refusal(&sealed, &identity());
    assert!(
        matches!(
            wrong,
            KeysError::Wrong {
                secret: "identity",
                ..
            }
        ),
        "{wrong}"
    );
    assert!(matches!(
        refusal(&sealed, &phrase("correct horse")),
        KeysError::OtherLock { .. }
    ));
}

#[test]
fn every_truncation_and_every_changed_byte_is_refused() {
    let unlock = identity();
    let sealed = seal(&sample(), &unlock, quick()).unwrap();
    for length in 0..sealed.len() {
        let cut = refusal(&sealed[..length], &unlock);
        assert!(matches!(cut, KeysError::Damaged { .. }), "{length}: {cut}");
    }
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        // which of the refusals it is depends on the place
        assert!(try_open(&changed, &unlock).is_err(), "{place}");
    }
    let mut longer = sealed.clone();
    longer.extend_from_slice(b"more");
    assert!(matches!(
        refusal(&longer, &unlock),
        KeysError::Damaged { .. }
    ));
}

#[test]
fn a_passphrase_file_that_is_cut_is_damaged_and_not_a_wrong_passphrase() {
    let unlock = phrase("correct horse");
    let sealed = seal(&sample(), &unlock, quick()).unwrap();
    for length in (0..sealed.len()).step_by(41) {
        let cut = refusal(&sealed[..length], &unlock);
        assert!(matches!(cut, KeysError::Damaged { .. }), "{length}: {cut}");
    }
}

#[test]
fn what_others_wrote_is_told_apart() {
    let unlock = identity();
    for text in [
        &b"{\"keys\": []}"[..],
        &[0; 4096],
        b"-----BEGIN AGE ENCRYPTED FILE-----",
    ] {
        let foreign = refusal(text, &unlock);
        assert!(matches!(foreign, KeysError::Foreign { .. }), "{foreign}");
    }
    for text in [
        &b"a diary"[..],
        b"{}",
        b"{\"format\":\"other\",\"version\":1}",
    ] {
        let sealed = encrypt(text, &unlock, quick()).unwrap();
        let foreign = refusal(&sealed, &unlock);
        assert_eq!(
            foreign.to_string(),
            "keys.age is no key file of sixbtc: it holds something else than keys"
        );
    }
}

#[test]
fn what_is_newer_is_told_apart() {
    let unlock = identity();
    let sealed = seal_version(&sample(), &unlock, quick(), 2).unwrap();
    assert_eq!(
        refusal(&sealed, &unlock).to_string(),
        "keys.age was written by a newer sixbtc (version 2; this one reads version 1)"
    );
    let newer = refusal(b"age-encryption.org/v2\n-> x\n", &unlock);
    assert!(
        newer.to_string().contains("age-encryption.org/v2"),
        "{newer}"
    );
}

#[test]
fn content_that_does_not_fit_is_refused_without_repeating_it() {
    let unlock = identity();
    let digits = "ab".repeat(32);
    let of = |key: &str, address: &str| {
        format!(
            r#"{{"format":"sixbtc-keys","version":1,"retired":[],"entries":[{{"name":"x","role":"master","account":"{address}","subaccount":null,"address":"{address}","created":1,"approved":null,"valid_until":null,"key":{key}}}]}}"#
        )
    };
    let zero = Address::ZERO.to_string();
    for text in [
        of(&format!("\"{digits}zz\""), &zero),
        of(&format!("[\"{digits}\"]"), &zero),
        of("1", &zero),
        of(&format!("\"{digits}\""), &zero),
        of(&format!("\"{digits}\""), &digits),
    ] {
        let sealed = encrypt(text.as_bytes(), &unlock, quick()).unwrap();
        let told = refusal(&sealed, &unlock);
        assert!(matches!(told, KeysError::Damaged { .. }), "{told}");
        assert!(!format!("{told} {told:?}").contains("abab"), "{told:?}");
    }
}

#[test]
fn too_much_work_is_refused_before_it_is_done() {
    let unlock = phrase("correct horse");
    let sealed = seal(&sample(), &unlock, quick()).unwrap();
    let text = String::from_utf8_lossy(&sealed[..120]).into_owned();
    let line = text.lines().nth(1).unwrap();
    let harder = format!("{} 63", line.strip_suffix(" 10").unwrap());
    let mut changed = format!("{}{harder}", String::from_utf8_lossy(MAGIC)).into_bytes();
    changed.extend_from_slice(&sealed[MAGIC.len() + line.len()..]);
    assert_eq!(
        refusal(&changed, &unlock).to_string(),
        "keys.age asks for a work factor of 63, more than the 20 that is allowed here"
    );
}

#[test]
fn nothing_sealed_or_printed_shows_a_key() {
    let mut contents = sample();
    for n in 0..4 {
        contents
            .add_master(&format!("m{n}"), None, Secret::generate(), n)
            .unwrap();
    }
    // those of repeated digits look like their addresses
    contents.remove("main", 5).unwrap();
    let sealed = seal(&contents, &phrase("correct horse"), quick()).unwrap();
    let bytes: Vec<[u8; 32]> = contents
        .entries
        .iter()
        .map(|e| *e.secret.expose())
        .collect();
    let printed = format!("{contents:?} {contents:#?}");
    assert_eq!(super::super::testing::leaks(&printed, &bytes), None);
    assert_eq!(super::super::testing::leaks_in(&sealed, &bytes), None);
}

#[test]
fn a_buffer_that_grows_keeps_its_content() {
    let mut wiped = Wiped(Vec::new());
    let long: Vec<u8> = (0..10_000u32).map(|i| i as u8).collect();
    for part in long.chunks(97) {
        wiped.write_all(part).unwrap();
    }
    assert_eq!(wiped.0, long);
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_contents_survive(
        rows in prop::collection::vec(
            ("[A-Za-z0-9._-]{1,16}", any::<[u8; 31]>(), any::<bool>(), address(), prop::option::of(address()),
             any::<i64>(), prop::option::of(any::<i64>()), prop::option::of(any::<i64>())), 0..12),
        retired in prop::collection::vec((address(), "\\PC{0,20}", any::<i64>()), 0..6),
    ) {
        let mut contents = Contents::default();
        for (name, bytes, master, account, subaccount, created, approved, valid_until) in rows {
            let mut key = [1; 32];
            key[1..].copy_from_slice(&bytes);
            let secret = Secret::from_bytes(&key).unwrap();
            let address = secret.address();
            let role = if master { Role::Master } else { Role::Agent };
            contents.entries.push(Entry { name, role, account, subaccount, address, created, approved, valid_until, secret });
        }
        for (address, name, at) in retired {
            contents.retired.push(Retired { address, name, account: address, subaccount: None, at });
        }
        let unlock = identity();
        let sealed = seal(&contents, &unlock, quick()).unwrap();
        same(&try_open(&sealed, &unlock).unwrap(), &contents);
    }

    #[test]
    fn any_bytes_are_refused_politely(bytes in prop::collection::vec(any::<u8>(), 0..400), magic in any::<bool>()) {
        let mut file = if magic { MAGIC.to_vec() } else { Vec::new() };
        file.extend(bytes);
        prop_assert!(try_open(&file, &phrase("correct horse")).is_err());
    }
}
