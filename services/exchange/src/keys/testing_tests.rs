use super::*;
use proptest::prelude::*;

/// The bytes of SHA-256 of nothing: as good as random.
const KEY: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn found(text: &str) -> Option<Spelling> {
    let leak = leaks(
        &format!("2026-11-23 INFO started {text} and more"),
        &[[9; 32], KEY],
    );
    assert!(leak.is_none_or(|l| l.key == 1));
    leak.map(|l| l.spelling)
}

fn bytes(each: impl Fn(&u8) -> String, between: &str) -> String {
    KEY.iter().map(each).collect::<Vec<_>>().join(between)
}

#[test]
fn hexadecimal() {
    for text in [
        HEX.to_owned(),
        format!("0x{HEX}"),
        HEX.to_uppercase(),
        format!("key=0X{}", HEX.to_uppercase()),
        format!("\"{}\"", &HEX[..32]),
        format!("tail {}…", &HEX[20..60]),
        format!("a{HEX}f"),
        format!("{}\n  {}", &HEX[..30], &HEX[30..]),
        bytes(|b| format!("{b:02x}"), ":"),
        bytes(|b| format!("{b:02x}"), " "),
        format!("{}_{}_{}", &HEX[..16], &HEX[16..32], &HEX[32..]),
    ] {
        assert_eq!(found(&text), Some(Spelling::Hex), "{text}");
    }
    let mut reversed = KEY;
    reversed.reverse();
    let text = reversed.map(|b| format!("{b:02x}")).concat();
    assert_eq!(found(&text), Some(Spelling::ReversedHex));
}

#[test]
fn numbers() {
    // printed by `python3 -c "print(0xe3b0…b855)"`
    let number = "102987336249554097029535212322581322789799900648198034993379397001115665086549";
    assert_eq!(decimal(&KEY), number);
    assert_eq!(found(number), Some(Spelling::Decimal));
    assert_eq!(
        found(&format!("{{\"k\":{number}}}")),
        Some(Spelling::Decimal)
    );
    assert_eq!(
        found(&format!("[1, {}]", 0x27ae_41e4_649b_934c_u64)),
        Some(Spelling::Words)
    );
    let low_end_first = u64::from_le_bytes(KEY[..8].try_into().unwrap());
    assert_eq!(found(&low_end_first.to_string()), Some(Spelling::Words));
}

#[test]
fn lists_of_bytes() {
    for text in [
        format!("{KEY:?}"),
        format!("{KEY:#?}"),
        serde_json::to_string(&KEY).unwrap(),
        format!("{:?}", &KEY[5..22]),
        bytes(|b| format!("{b}u8"), ", "),
        bytes(|b| format!("{b:#04x}"), ", "),
        bytes(|b| format!("0x{b:02X}"), ","),
        format!("\\{}", bytes(|b| format!("x{b:02x}"), "\\")),
        format!("%{}", bytes(|b| format!("{b:02X}"), "%")),
    ] {
        assert_eq!(found(&text), Some(Spelling::ByteList), "{text}");
    }
}

#[test]
fn base_64() {
    use base64_of as encode;
    let plain = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(encode(&KEY), plain);
    for text in [
        plain.to_owned(),
        plain.trim_end_matches('=').to_owned(),
        plain.replace('+', "-").replace('/', "_"),
        format!("{}\n{}", &plain[..20], &plain[20..]),
        encode(&[b"x", &KEY[..]].concat()),
        encode(&[b"xy", &KEY[..], b"z"].concat()),
        encode(&[b"{\"key\":", &KEY[..], b"}"].concat()),
    ] {
        assert_eq!(found(&text), Some(Spelling::Base64), "{text}");
    }
}

/// Base64 by the book, for the test.
fn base64_of(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let n = group.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for i in 0..4 {
            let six = (n >> (18 - 6 * i) & 63) as usize;
            out.push(if i > group.len() {
                '='
            } else {
                char::from(ALPHABET[six])
            });
        }
    }
    out
}

#[test]
fn raw_bytes() {
    let mut file = vec![7; 50];
    file.extend_from_slice(&KEY[8..28]);
    file.push(0);
    let leak = leaks_in(&file, &[KEY]);
    assert_eq!(leak.map(|l| l.spelling), Some(Spelling::Raw));
}

#[test]
fn what_is_no_key_is_left_alone() {
    for text in [
        "",
        &HEX[..31],
        "0x14791697260e4c9a71f18484c9f997b308e59325 approved",
        "102987336249554097029535212322581322789799900648198034993379397001115665086548",
        "[227, 176, 196, 66, 152, 252, 28, 20]",
        "47DEQpj8HBSa",
    ] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn the_keys_of_a_file_are_looked_for() {
    let mut c = Contents::default();
    let secret = super::super::Secret::from_bytes(&KEY).unwrap();
    c.add_master("main", None, secret, 0).unwrap();
    assert_eq!(leaks_of(b"all is well", &c), None);
    assert!(leaks_of(HEX.as_bytes(), &c).is_some());
}

proptest! {
    #[test]
    fn every_key_is_found_in_every_spelling(key in any::<[u8; 32]>(), before in "[ -~]{0,20}", which in 0usize..6) {
        let hex = key.map(|b| format!("{b:02x}")).concat();
        let spelled = match which {
            0 => hex,
            1 => hex.to_uppercase(),
            2 => decimal(&key),
            3 => base64_of(&key),
            4 => format!("{key:?}"),
            _ => key.map(|b| format!("{b:#04x},")).concat(),
        };
        let text = format!("{before} {spelled}");
        prop_assert!(leaks(&text, &[key]).is_some());
    }

    #[test]
    fn random_keys_are_not_found_in_other_texts(key in any::<[u8; 32]>(), text in "\\PC{0,400}") {
        prop_assert_eq!(leaks(&text, &[key]), None);
    }
}
