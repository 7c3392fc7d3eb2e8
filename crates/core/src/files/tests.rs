use super::*;
use crate::testing::folder;
use crate::{on_both, upkeep};
use chrono::Duration;

/// One pixel: made with the segments that a camera writes around it.
fn photograph(orientation: u8) -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let mut out = vec![0xff, marker];
        out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        out.extend(body);
        out
    };
    let mut exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0]);
    exif.extend(b"\x25\x88\x04\0\x01\0\0\0\x00\0\0\0 GPS 54.77N 1.57W");
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.extend(segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    jpeg.extend(segment(0xe1, &exif));
    jpeg.extend(segment(
        0xe1,
        b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Sarah</x:xmpmeta>",
    ));
    jpeg.extend(segment(0xe2, b"MPF\0second picture"));
    jpeg.extend(segment(0xed, b"Photoshop 3.0\0IPTC by-line"));
    jpeg.extend(segment(0xfe, b"a comment"));
    jpeg.extend(segment(0xdb, &[0; 65]));
    jpeg.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    jpeg.extend([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56]);
    jpeg.extend([0xff, 0xd9]);
    jpeg.extend(b"a film behind the picture");
    jpeg
}

#[test]
fn a_photograph_is_shown_without_what_it_tells_beyond_the_picture() {
    let clean = without_metadata(IMAGES[0], photograph(6).into()).unwrap();
    let text = String::from_utf8_lossy(&clean);
    for secret in ["GPS", "54.77", "Sarah", "second", "IPTC", "comment", "film"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("JFIF"));
    assert!(
        clean
            .windows(7)
            .any(|bytes| bytes == [0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56])
    );
    assert!(clean.ends_with(&[0xff, 0xd9]));
    // The orientation stays: cleaned once more, nothing changes.
    assert!(text.contains("Exif"));
    assert_eq!(without_metadata(IMAGES[0], clean.clone()).unwrap(), clean);
    let upright = without_metadata(IMAGES[0], photograph(1).into()).unwrap();
    assert!(!String::from_utf8_lossy(&upright).contains("Exif"));
    for cut in 0..photograph(6).len() - 30 {
        // Never a panic, whatever is missing.
        let _ = without_metadata(IMAGES[0], photograph(6)[..cut].to_vec().into());
    }
}

#[test]
fn png_and_webp_lose_their_words_too() {
    let chunk = |kind: &[u8; 4], body: &'static [u8]| {
        img_parts::png::PngChunk::new(*kind, Bytes::from_static(body))
    };
    let mut image = img_parts::png::Png::from_bytes(Bytes::from_static(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\0IEND\xae\x42\x60\x82",
    ))
    .unwrap();
    image
        .chunks_mut()
        .insert(1, chunk(b"tEXt", b"Author\0Sarah"));
    image
        .chunks_mut()
        .insert(1, chunk(b"gAMA", b"\0\0\xb1\x8f"));
    let clean = without_metadata(IMAGES[1], image.encoder().bytes()).unwrap();
    let text = String::from_utf8_lossy(&clean);
    assert!(!text.contains("Sarah") && text.contains("gAMA"));
    let mut webp = b"RIFF\x36\0\0\0WEBPVP8L\x05\0\0\0\x2f\0\0\0\0\0EXIF\x08\0\0\0SarahXXXXMP \x08\0\0\0<Sarah/>".to_vec();
    let length = u32::try_from(webp.len() - 8).unwrap();
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    let clean = without_metadata(IMAGES[2], webp.into()).unwrap();
    assert!(!String::from_utf8_lossy(&clean).contains("Sarah"));
}

#[test]
fn the_type_is_told_by_content() {
    assert_eq!(detect(&photograph(1)), Some(IMAGES[0]));
    assert_eq!(
        detect(b"%PDF-1.7\n").map(MediaType::as_str),
        Some("application/pdf")
    );
    assert_eq!(
        detect("Dear Sir, caf\u{e9}".as_bytes()).map(MediaType::as_str),
        Some("text/plain")
    );
    for refused in [
        &b"<html><script>"[..],
        b"<svg xmlns='x'/>",
        b"#!/bin/sh\n",
        b"MZ\x90\0\x03",
        b"PK\x03\x04zip",
        b"\x7fELF\x02",
        b"\0\x01\x02",
    ] {
        assert_eq!(detect(refused), None, "{refused:?}");
    }
}

on_both! {
    async fn a_file_is_there_before_its_record_and_is_swept_when_no_record_names_it(db: Db) {
        let folder = folder().unwrap();
        let clock = Clock::fixed(Clock::System.now());
        let files = Files::local(&folder.path().join("files"), &db, &clock).unwrap();
        let limits = Limits::evidence(1);
        let stored = files.put(photograph(6), &limits).await.unwrap();
        let note = files.put("a note", &limits).await.unwrap();
        let subject = crate::ids::new_uuid(&clock);
        let named = upkeep!(&db, &clock, |tx| files.attach(tx, &stored, "case", subject, "door.jpg").await).await.unwrap();
        assert_eq!(files.get(&stored.id).await.unwrap(), photograph(6));
        let (media_type, shown) = files.display(&stored.id).await.unwrap().unwrap();
        assert_eq!(media_type.as_str(), "image/jpeg");
        assert!(shown.len() < photograph(6).len());
        assert!(files.display(&note.id).await.unwrap().is_none());
        assert_eq!(files.put("a note", &limits).await.unwrap(), note);

        let grace = Duration::hours(24);
        assert_eq!(files.sweep(&db, grace).await.unwrap(), 0, "too young");
        clock.advance(Duration::hours(25));
        assert_eq!(files.sweep(&db, grace).await.unwrap(), 1, "the note has no record");
        assert!(matches!(files.get(&note.id).await, Err(FilesError::Missing)));
        let late = upkeep!(&db, &clock, |tx| files.attach(tx, &note, "case", subject, "note.txt").await).await;
        assert!(matches!(late, Err(DbError::Refused(_))));
        assert_eq!(files.sweep(&db, grace).await.unwrap(), 0);
        upkeep!(&db, &clock, |tx| detach(tx, named).await).await.unwrap();
        assert_eq!(files.sweep(&db, grace).await.unwrap(), 1);
        assert!(matches!(files.get(&stored.id).await, Err(FilesError::Missing)));
    }

    async fn what_was_stopped_is_given_to_nobody_and_stays(db: Db) {
        let folder = folder().unwrap();
        let clock = Clock::fixed(Clock::System.now());
        let files = Files::local(&folder.path().join("files"), &db, &clock).unwrap();
        let stored = files.put(photograph(1), &Limits::evidence(1)).await.unwrap();
        let (one, other) = (crate::ids::new_uuid(&clock), crate::ids::new_uuid(&clock));
        let first = upkeep!(&db, &clock, |tx| files.attach(tx, &stored, "case", one, "a.jpg").await).await.unwrap();
        upkeep!(&db, &clock, |tx| files.attach(tx, &stored, "case", other, "b.jpg").await).await.unwrap();
        let set = |text: &'static str| {
            let (db, clock, id) = (db.clone(), clock.clone(), stored.id.clone());
            async move {
                upkeep!(&db, &clock, |tx| {
                    let now = tx.now();
                    if text == "stop" {
                        tx.run(
                            sql!("insert into blocked_files (sha256, id, reference, marked_at, marked_by, file_use, subject_kind, subject, officers, police, reason, version) values ($1, $2, 'F', $3, $2, $2, 'case', $2, 0, false, '', 1)"),
                            args![id.as_str(), one, now],
                        ).await?;
                    } else {
                        tx.run(sql!("update blocked_files set released_at = $2 where sha256 = $1"), args![id.as_str(), now]).await?;
                    }
                    Ok::<_, DbError>(())
                }).await.unwrap();
            }
        };
        set("stop").await;
        assert!(matches!(files.get(&stored.id).await, Err(FilesError::Stopped)));
        assert!(matches!(files.display(&stored.id).await, Err(FilesError::Stopped)));
        assert!(matches!(files.stream(&stored.id).await.err(), Some(FilesError::Stopped)));
        let refused = upkeep!(&db, &clock, |tx| detach(tx, first).await).await;
        assert!(matches!(refused, Err(DbError::Refused(_))));
        let found = crate::read!(&db, |tx| blocked_among(tx, other).await).await.unwrap();
        assert_eq!(found.len(), 1);
        // Even where every record that named it is gone.
        upkeep!(&db, &clock, |tx| tx.run(sql!("delete from file_uses where sha256 = $1"), args![stored.id.as_str()]).await).await.unwrap();
        clock.advance(Duration::days(400));
        assert_eq!(files.sweep(&db, Duration::hours(1)).await.unwrap(), 0);
        set("release").await;
        assert_eq!(files.get(&stored.id).await.unwrap(), photograph(1));
        assert_eq!(files.sweep(&db, Duration::hours(1)).await.unwrap(), 1);
        assert!(matches!(files.get(&stored.id).await, Err(FilesError::Missing)));
    }
}

#[tokio::test]
async fn what_may_not_come_in_leaves_nothing() {
    let folder = folder().unwrap();
    let clock = Clock::System;
    let db = Db::sqlite(&folder.path().join("db")).await.unwrap();
    let files = Files::local(&folder.path().join("files"), &db, &clock).unwrap();
    let limits = Limits {
        bytes: 100,
        types: IMAGES.to_vec(),
    };
    assert!(matches!(
        files.put("", &limits).await,
        Err(FilesError::Empty)
    ));
    assert!(matches!(
        files.put(vec![7_u8; 101], &limits).await,
        Err(FilesError::TooLarge(100))
    ));
    let refused = files.put("words", &limits).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "This type of file is not taken here. Choose one of: JPEG, PNG, WebP, HEIC."
    );
    let broken = stream::iter([Ok(Bytes::from_static(b"abc")), Err("gone")]);
    assert!(matches!(
        files.put_stream(broken, &limits).await,
        Err(FilesError::BrokenOff)
    ));
    assert_eq!(files.store.list(None).count().await, 0);
    for odd in ["../../etc/passwd", "", "zz"] {
        assert!(odd.parse::<FileId>().is_err());
    }
}
