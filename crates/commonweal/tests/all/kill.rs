//! A process that is killed in the middle of something loses nothing that it acknowledged, and
//! leaves nothing half done to be seen.

use std::process::Stdio;

use commonweal_core::{DbError, read, sql};

use crate::support::police::{name, street};
use crate::support::program::{Data, on_both, program, until};
use crate::support::server::{PASSWORD, Server};

/// Rows that the database holds, seen or not.
#[tokio::main]
async fn rows(data: &Data) -> i64 {
    let db = data.open().await;
    let count: Result<i64, DbError> = read!(&db, |tx| tx
        .count(sql!("select count(*) from incidents"), Vec::new())
        .await)
    .await;
    db.close().await;
    count.expect("a count")
}

/// Lets 61 seconds pass for whoever was killed: their lease is over.
#[tokio::main]
async fn lease_ends(data: &Data) {
    let db = data.open().await;
    let done: Result<u64, DbError> =
        commonweal_core::upkeep!(&db, &commonweal_core::Clock::System, |tx| {
            let now = tx.now();
            let over = sql!("update imports set lease_until = $1 where state = 'loading'");
            tx.run(
                over,
                commonweal_core::args![now - chrono::Duration::seconds(1)],
            )
            .await
        })
        .await;
    assert_eq!(done.expect("changed"), 1, "one import was killed");
    db.close().await;
}

#[test]
fn an_import_killed_in_the_middle_leaves_nothing_and_completes_when_run_again() {
    on_both(|data| {
        let before = data
            .folder
            .write(&name("2024-12"), street("2024-12", 30, 10));
        data.done(&["import", "police-uk", &before]);
        let text = street("2025-01", 250_000, 50_000);
        let file = data.folder.write(&name("2025-01"), &text);
        // A second month in the same command, which must not begin either.
        let next = data.folder.write(&name("2025-02"), street("2025-02", 5, 5));
        let mut importing = program()
            .args(["import", "police-uk", &file, &next])
            .args(data.flags())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        until("some rows are written", 60, || rows(data) > 40);
        assert!(
            importing.try_wait().expect("its state").is_none(),
            "it was killed in the middle"
        );
        importing.kill().expect("killed");
        importing.wait().expect("ended");
        let left = rows(data);
        assert!(left > 40, "rows that nobody sees: {left}");
        // Nothing of it can be seen, on the page neither.
        assert_eq!((data.counted("all"), data.counted("asb")), (40, 30));
        let server = Server::serve(data);
        let mut administrator = server.first_administrator();
        administrator.until_figure("/ranking?type=all", 40);
        server.stop();
        // Run again it completes; what was left is swept once the dead process's lease is over.
        lease_ends(data);
        let report = data.done(&["import", "police-uk", &file, &next]);
        assert_eq!(
            (report["rows"].as_i64(), report["unchanged"].as_i64()),
            (Some(300_010), Some(0)),
            "{report}"
        );
        assert_eq!(
            (data.counted("all"), data.counted("asb")),
            (300_050, 250_035)
        );
        assert_eq!(rows(data), 300_050, "rows of the killed import are gone");
        assert_eq!(data.done(&["import", "police-uk", &file])["unchanged"], 1);
    });
}

#[test]
fn what_a_killed_server_acknowledged_is_there() {
    on_both(|data| {
        let server = Server::serve(data);
        let mut administrator = server.first_administrator();
        for n in 0..3 {
            administrator.get("/agencies/new").is(200);
            administrator
                .post(
                    "/agencies/new",
                    &[("name", &format!("Wardens {n}")), ("kind", "council")],
                )
                .is(303);
        }
        server.kill();
        let server = Server::serve(data);
        let mut again = server.browser();
        again.sign_in("ada@example.org", PASSWORD);
        let page = again.get("/agencies").is(200).text();
        assert!(
            (0..3).all(|n| page.contains(&format!("Wardens {n}"))),
            "{page}"
        );
        // Sessions are kept as well: nobody signs in anew because a server was killed.
        let mut same = administrator.on(&server);
        same.get("/agencies").is(200);
        server.stop();
    });
}
