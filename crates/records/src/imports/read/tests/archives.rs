use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::super::Problem;
use super::super::source::{Limits, Plan, Wanted, plan};
use super::*;

const ROW: &str =
    ",2025-01,D,D,-1.5757,54.7761,On or near North Road,E01020707,N,Anti-social behaviour,,";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn plan_of(path: &Path) -> Result<Plan, ReadError> {
    plan(
        &[path.to_path_buf()],
        Wanted::PoliceStreet,
        &Limits::default(),
    )
}

/// Plans and reads everything.
fn read_all(path: &Path) -> Result<u64, ReadError> {
    let mut rows = 0;
    for source in plan_of(path)?.sources {
        let input = source.open()?;
        let mut reader = StreetReader::open(&input.name, input.reader, today())?;
        while reader.next_row()?.is_some() {
            rows += 1;
        }
        assert_eq!(*input.sha256.get().unwrap(), source.sha256()?);
    }
    Ok(rows)
}

#[test]
fn plain_gzipped_folder_and_official_zip_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text = street_file(&[ROW, ROW]);
    let bytes = text.as_bytes();
    let plain = write(folder.path(), "in/2025-01/2025-01-durham-street.csv", bytes);
    let packed = write(
        folder.path(),
        "in/2025-01-cleveland-street.csv.gz",
        &gzip(bytes),
    );
    write(
        folder.path(),
        "in/2025-01/2025-01-durham-outcomes.csv",
        b"Crime ID\n",
    );
    write(
        folder.path(),
        "in/2025-01/2025-01-durham-stop-and-search.csv",
        b"Type\n",
    );
    write(folder.path(), "in/README.md", b"about");
    assert_eq!(read_all(&plain).unwrap(), 2);
    assert_eq!(read_all(&packed).unwrap(), 2);
    let found = plan_of(&folder.path().join("in")).unwrap();
    let names: Vec<&str> = found.sources.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "2025-01/2025-01-durham-street.csv",
            "2025-01-cleveland-street.csv.gz"
        ]
    );
    assert_eq!(found.skipped.len(), 3);
    assert_eq!(
        found.sources[0].sha256().unwrap(),
        <[u8; 32]>::from(Sha256::digest(bytes))
    );
    assert_eq!(
        found.sources[0].sha256().unwrap(),
        found.sources[1].sha256().unwrap()
    );

    let zip = zip_of(&[
        (
            "2025-02/2025-02-durham-street.csv",
            text.replace("2025-01", "2025-02").as_bytes(),
        ),
        ("2025-01/2025-01-durham-street.csv", bytes),
        ("2025-01/2025-01-durham-outcomes.csv", b"Crime ID\n"),
    ]);
    let zip = write(folder.path(), "latest.zip", &zip);
    let found = plan_of(&zip).unwrap();
    assert_eq!(
        found.sources[0].name,
        "latest.zip: 2025-01/2025-01-durham-street.csv"
    );
    assert_eq!(found.skipped[0].reason, "outcomes are not imported");
    assert_eq!(read_all(&zip).unwrap(), 4);
}

#[test]
fn what_a_file_is_is_told_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let packed = write(
        folder.path(),
        "upload",
        &gzip(street_file(&[ROW]).as_bytes()),
    );
    assert_eq!(read_all(&packed).unwrap(), 1);
}

#[test]
fn a_missing_path_an_empty_file_and_an_empty_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |path: &Path| read_all(path).unwrap_err().problem;
    assert!(matches!(
        problem(&folder.path().join("no")),
        Problem::Missing
    ));
    assert!(matches!(
        problem(&write(folder.path(), "0.csv", b"")),
        Problem::Empty
    ));
    assert!(matches!(
        problem(&write(folder.path(), "0.csv.gz", &gzip(b""))),
        Problem::Empty
    ));
    fs::create_dir(folder.path().join("none")).unwrap();
    assert!(matches!(
        problem(&folder.path().join("none")),
        Problem::NothingToImport
    ));
}

#[test]
fn truncated_and_damaged_archives_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..2_000)
        .map(|i| ROW.replace("North", &format!("North {}", i * 7919 % 2_003)))
        .collect();
    let text = street_file(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let packed = gzip(text.as_bytes());
    for keep in [packed.len() / 2, packed.len() - 4] {
        let cut = write(folder.path(), "cut.csv.gz", &packed[..keep]);
        let error = read_all(&cut).unwrap_err();
        assert!(
            matches!(error.problem, Problem::Truncated),
            "{keep}: {error}"
        );
    }
    let mut wrong = packed.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 0x55;
    let wrong = write(folder.path(), "wrong.csv.gz", &wrong);
    assert!(read_all(&wrong).is_err());

    let zip = zip_of(&[("2025-01/2025-01-durham-street.csv", text.as_bytes())]);
    let cut = write(folder.path(), "cut.zip", &zip[..zip.len() / 2]);
    assert!(matches!(
        read_all(&cut).unwrap_err().problem,
        Problem::Truncated
    ));
    let mut wrong = zip.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 0x55;
    let wrong = write(folder.path(), "wrong.zip", &wrong);
    assert!(read_all(&wrong).is_err());
}

#[test]
fn bombs_are_refused_by_ratio_and_by_size() {
    let folder = tempfile::tempdir().unwrap();
    // Lines short enough that nothing but the ratio is wrong with it.
    let mut text = street_file(&[]).into_bytes();
    text.extend(format!("{}\n", "a".repeat(999)).repeat(16_000).bytes());
    let gz = write(folder.path(), "bomb.csv.gz", &gzip(&text));
    let error = read_all(&gz).unwrap_err();
    assert!(
        matches!(error.problem, Problem::Bomb { ratio: 200 }),
        "{error}"
    );
    let zip = write(
        folder.path(),
        "bomb.zip",
        &zip_of(&[("2025-01-durham-street.csv", &text)]),
    );
    let error = plan_of(&zip).unwrap_err();
    assert!(
        matches!(error.problem, Problem::Bomb { ratio: 200 }),
        "{error}"
    );

    let small = Limits {
        entry_bytes: 1_000_000,
        ..Limits::default()
    };
    let plain = write(folder.path(), "large.csv", &text);
    let source = plan(&[plain], Wanted::Csv, &small)
        .unwrap()
        .sources
        .remove(0);
    assert!(matches!(
        source.sha256().unwrap_err().problem,
        Problem::TooLarge { limit_mb: 1 }
    ));
}

#[test]
fn a_zip_that_lies_about_its_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = street_file(&[ROW; 500]);
    let mut zip = zip_of(&[("2025-01-durham-street.csv", text.as_bytes())]);
    let size = u32::try_from(text.len()).unwrap().to_le_bytes();
    for at in 0..zip.len() - 4 {
        if zip[at..at + 4] == size {
            zip[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
        }
    }
    let error = read_all(&write(folder.path(), "lies.zip", &zip)).unwrap_err();
    assert!(
        matches!(error.problem, Problem::Damaged(_) | Problem::Truncated),
        "{error}"
    );
}

#[test]
fn paths_that_climb_out_archives_within_and_passwords_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = street_file(&[ROW]);
    for name in [
        "../2025-01-durham-street.csv",
        "a/../../x.csv",
        "/etc/x.csv",
        "C:/x.csv",
        "a\\..\\x.csv",
    ] {
        // Same length in, same length out: the writer itself would clean such a name.
        let stand_in = "n".repeat(name.len());
        let mut zip = zip_of(&[(&stand_in, text.as_bytes())]);
        for at in 0..=zip.len() - name.len() {
            if &zip[at..at + name.len()] == stand_in.as_bytes() {
                zip[at..at + name.len()].copy_from_slice(name.as_bytes());
            }
        }
        let error = plan_of(&write(folder.path(), "climbs.zip", &zip)).unwrap_err();
        assert!(
            matches!(&error.problem, Problem::PathEscapes(path) if path == name),
            "{error}"
        );
    }
    let nested = zip_of(&[
        ("2025-01.zip", b"PK"),
        ("2025-01-durham-street.csv", text.as_bytes()),
    ]);
    let error = plan_of(&write(folder.path(), "nested.zip", &nested)).unwrap_err();
    assert!(
        matches!(error.problem, Problem::NestedArchive(_)),
        "{error}"
    );

    let mut locked = zip_of(&[("2025-01-durham-street.csv", text.as_bytes())]);
    // The first bit of the flags in the local and the central header means 'encrypted'.
    let central = locked.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[central + 8] |= 1;
    let error = plan_of(&write(folder.path(), "locked.zip", &locked)).unwrap_err();
    assert!(matches!(error.problem, Problem::Encrypted(_)), "{error}");
}
