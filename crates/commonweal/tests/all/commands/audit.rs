//! `commonweal audit verify`: what was sealed can be proven, and a change is found and named.

use commonweal_core::{Clock, Db, DbError, sql, upkeep};

use crate::support::police::{name, street};
use crate::support::program::{Data, until};
use crate::support::server::Server;

/// Data on which things were done and sealed.
fn sealed() -> Data {
    let data = Data::new();
    let file = data.folder.write(&name("2025-01"), street("2025-01", 3, 0));
    data.done(&["import", "police-uk", &file]);
    let server = Server::serve(&data);
    until("a block is sealed", 60, || {
        data.data_dir().join("audit-heads.log").exists()
    });
    server.stop();
    data
}

#[tokio::main(flavor = "current_thread")]
async fn tamper(data: &Data) {
    let db = Db::sqlite(&data.data_dir().join("commonweal.db"))
        .await
        .expect("the database");
    let changed: Result<u64, DbError> = upkeep!(&db, &Clock::System, |tx| {
        tx.run(
            sql!("update audit_entries set purpose = 'nothing at all' where block = 1"),
            Vec::new(),
        )
        .await
    })
    .await;
    assert!(changed.expect("changed") > 0);
    db.close().await;
}

#[test]
fn what_was_sealed_is_proven_until_somebody_changes_it() {
    let data = sealed();
    let told = data.done(&["audit", "verify"]);
    assert_eq!(told["ok"], true, "{told}");
    assert!(
        told["blocks"].as_i64().is_some_and(|blocks| blocks >= 1)
            && told["heads"].as_i64() >= Some(1),
        "{told}"
    );
    assert!(
        data.run(&["audit", "verify"])
            .ok()
            .out
            .contains("Last block")
    );
    // The heads may lie elsewhere.
    let kept = data.folder.at("kept.log");
    std::fs::copy(data.data_dir().join("audit-heads.log"), &kept).expect("a copy");
    data.run(&["audit", "verify", "--heads", &kept]).ok();
    assert!(
        data.run(&["audit", "verify", "--heads", &data.folder.at("none.log")])
            .failed()
            .contains("none.log")
    );
    tamper(&data);
    let ran = data.run(&["audit", "verify", "--json"]);
    assert!(ran.failed().contains("block 1"), "{ran:?}");
    let told = ran.json();
    assert_eq!(told["ok"], false);
    assert!(
        told["findings"][0]
            .as_str()
            .is_some_and(|finding| finding.contains('1')),
        "{told}"
    );
}

#[test]
fn an_empty_audit_is_proven_too() {
    let data = Data::new();
    let told = data.done(&["audit", "verify"]);
    assert_eq!(
        (&told["ok"], &told["blocks"]),
        (&true.into(), &0.into()),
        "{told}"
    );
}
