//! Messages read and taken; bad ones refused, on both databases.

use axum::body::Body;
use commonweal_core::events::Actor;
use commonweal_core::{DbError, args, on_both, read, sql};
use commonweal_govuk::check_page;
use http::{Method, Request, StatusCode, header};
use proptest::prelude::*;

use super::pages::{Context, PAGE};
use super::parse::{BYTES, MailError, parse};
use super::take::{Door, TakeError, Taken, take};
use crate::intake::tests::Stage;

const MAIL: &str = "From: \"Ann Other\" <Ann@Example.org>\r\nTo: asb@example.gov.uk\r\nSubject: =?utf-8?q?Noise_=E2=80=93_again?=\r\n\
Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe flat above. He has a machete.\r\n\
--x\r\nContent-Type: image/png; name=\"C:\\\\photos\\\\a.png\"\r\nContent-Disposition: attachment; filename=\"C:\\\\photos\\\\a.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n\
--x\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"photo.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=\r\n--x--\r\n";

#[test]
fn the_page_keeps_the_rules() {
    let done = Taken {
        reference: "R-1".to_owned(),
        matter: "M-1".to_owned(),
        again: false,
        files: 1,
        left: vec!["<b>.exe: not taken".to_owned()],
    };
    assert!(
        !check_page(
            &PAGE,
            &Context {
                done: Some(done.clone())
            }
        )
        .unwrap()
        .contains("<b>.")
    );
    check_page(
        &PAGE,
        &Context {
            done: Some(Taken {
                again: true,
                left: Vec::new(),
                ..done
            }),
        },
    )
    .unwrap();
    check_page(&PAGE, &Context { done: None }).unwrap();
}

#[test]
fn a_message_is_read_whole() {
    let letter = parse(MAIL.as_bytes()).unwrap();
    assert_eq!(
        (letter.from.as_str(), letter.name.as_str()),
        ("Ann@example.org", "Ann Other")
    );
    assert_eq!(letter.subject, "Noise – again");
    assert_eq!(letter.text, "The flat above. He has a machete.");
    assert_eq!(letter.files[0].name, "a.png");
    assert_eq!(letter.files.len(), 2);
    let forwarded = "From: a@b.example\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--y\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nSubject: Inner\r\n\r\nInner words\r\n--y--\r\n";
    let letter = parse(forwarded.as_bytes()).unwrap();
    assert!(
        letter.text.contains("See below")
            && letter.text.contains("Passed on: Inner")
            && letter.text.contains("Inner words")
    );
    let html = parse(b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>you</b><script>x()</script></p>").unwrap();
    assert!(html.text.contains("Hello") && !html.text.contains('<'));
    let long = format!("From: a@b.example\r\n\r\n{}", "a ".repeat(40_000));
    assert!(parse(long.as_bytes()).unwrap().cut);
}

#[test]
fn what_is_no_good_message_is_refused_with_its_reason() {
    let nested = |levels: usize| {
        let mut text = String::from("From: a@b.example\r\nSubject: x\r\n");
        text.push_str(&"Content-Type: message/rfc822\r\n\r\n".repeat(levels));
        text
    };
    assert_eq!(parse(nested(100_000).as_bytes()), Err(MailError::Nested));
    assert_eq!(parse(nested(3).as_bytes()), Err(MailError::Nested));
    assert_eq!(parse(&vec![b'a'; BYTES + 1]), Err(MailError::TooLarge));
    assert_eq!(parse(b""), Err(MailError::NotAMessage));
    assert!(parse(b"\x00\x01\x02PK\x03\x04").is_err());
    assert_eq!(
        parse(b"Subject: hello\r\n\r\nwords"),
        Err(MailError::NoSender)
    );
    assert_eq!(
        parse(b"From: a@b.example\r\nAuto-Submitted: auto-replied\r\n\r\nAway"),
        Err(MailError::Automatic)
    );
    assert_eq!(parse(b"From: a@b.example\r\n\r\n  "), Err(MailError::Empty));
    let part = "--x\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a\r\n\r\nx\r\n";
    let many = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{}--x--",
        part.repeat(21)
    );
    assert_eq!(parse(many.as_bytes()), Err(MailError::TooManyFiles));
    // Messages in an encoded message cannot be counted from outside: 60,000 of them took 22 GB.
    let inner = "Content-Type: message/rfc822\r\n\r\n".repeat(60_000);
    let encoded = hex_free_base64(inner.as_bytes());
    let hidden = format!(
        "From: a@b.example\r\nSubject: x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
    );
    assert_eq!(parse(hidden.as_bytes()), Err(MailError::Nested));
}

/// Base64 without another library.
fn hex_free_base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let value = chunk
                .iter()
                .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            (0..4).map(move |place| {
                if place <= chunk.len() {
                    char::from(LETTERS[(value >> (18 - 6 * place) & 63) as usize])
                } else {
                    '='
                }
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..900, text in "\\PC{0,80}") {
        let _ = parse(&bytes);
        let _ = parse(format!("From: a@b.example\r\nSubject: {text}\r\nContent-Type: {text}\r\n\r\n{text}").as_bytes());
        let mut broken = MAIL.as_bytes().to_vec();
        let end = at.min(broken.len());
        broken.truncate(end);
        broken.extend_from_slice(&bytes);
        let _ = parse(&broken);
    }
}

fn upload(
    stage: &Stage,
    token: &commonweal_access::session::Token,
    path: &str,
    fields: &str,
    bytes: &[u8],
) -> Request<Body> {
    let base =
        commonweal_access::web::outsider::request(&stage.app, &Method::POST, path, Some(token), "");
    let (mut parts, _) = base.into_parts();
    parts.headers.insert(
        header::CONTENT_TYPE,
        "multipart/form-data; boundary=zzz".parse().unwrap(),
    );
    let csrf = commonweal_govuk::csrf::token(token.secret().as_bytes(), [7; 16]);
    let mut body = format!("--zzz\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{csrf}\r\n{fields}--zzz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.eml\"\r\n\r\n", commonweal_govuk::csrf::FIELD).into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--zzz--\r\n");
    Request::from_parts(parts, Body::from(body))
}

impl Stage {
    pub(crate) async fn upload(
        &self,
        path: &str,
        token: &commonweal_access::session::Token,
        fields: &str,
        bytes: &[u8],
    ) -> crate::intake::tests::Answer {
        self.ask(upload(self, token, path, fields, bytes)).await
    }
}

on_both! {
async fn a_message_becomes_a_report_once(db: Db) {
    let stage = Stage::new(&db, crate::intake::routes).await;
    let (_, token) = stage.person(&["call-taker"]).await;
    assert_eq!(stage.get("/intake/mail", Some(&token)).await.status, StatusCode::OK);
    let done = stage.upload("/intake/mail", &token, "", MAIL.as_bytes()).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.body.contains("is report R-") && done.body.contains("with 1 file,") || done.body.contains("with 1 file."), "{}", done.body);
    assert!(done.body.contains("photo.png"));
    let again = stage.upload("/intake/mail", &token, "", MAIL.as_bytes()).await;
    assert!(again.body.contains("taken before"));
    assert_eq!((stage.count("reports").await, stage.count("parties").await), (1, 1));
    // Another message of the same address is the same person's.
    let second = MAIL.replace("<1@", "<2@").replace("machete", "drum");
    stage.upload("/intake/mail", &token, "", second.as_bytes()).await;
    assert_eq!((stage.count("reports").await, stage.count("parties").await), (2, 1));
    let bad = stage.upload("/intake/mail", &token, "", b"nonsense").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let none = stage.upload("/intake/mail", &token, "", b"").await;
    assert!(none.body.contains("empty") || none.body.contains("no e-mail message"));
    let uses: Result<i64, DbError> = read!(&stage.app.db, |tx| {
        tx.count(sql!("select count(*) from file_uses where subject_kind = 'report' and name = 'a.png'"), args![]).await
    })
    .await;
    assert_eq!(uses.unwrap(), 2);
    let rules = stage.people.rules().await.unwrap();
    let door = Door {
        db: &stage.app.db, clock: &stage.clock, files: &stage.people.forms.files, rules: &rules, actor: &Actor::system("test"),
    };
    let agency = stage.agency("Council", "council").await;
    assert!(matches!(take(door, agency, None, b"x".to_vec()).await, Err(TakeError::Mail(_))));
    assert!(!take(door, agency, None, MAIL.replace("<1@", "<3@").into_bytes()).await.unwrap().again);
}
}
