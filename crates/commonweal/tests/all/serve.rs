//! A server's life: first start, several copies, imports beside requests, and a graceful end.

use std::io::Write as _;

use crate::support::browser::read;
use crate::support::police::{name, street};
use crate::support::program::{Data, on_both, on_postgres, pause, until};
use crate::support::server::{PASSWORD, Server};

#[test]
fn the_first_administrators_link_is_printed_while_there_is_nobody_and_works_once() {
    on_both(|data| {
        let server = Server::serve(data);
        let first = server.first_link();
        server.stop();
        // Nobody used it: the next start prints one again.
        let server = Server::serve(data);
        let link = server.first_link();
        let mut browser = server.browser();
        // Weak and differing passwords are refused, and the link still works.
        browser.get(&link).is(200);
        let fields = |password: &'static str, again: &'static str| {
            [
                ("partnership", "Testshire"),
                ("name", "Ada Test"),
                ("email", "ada@example.org"),
                ("password", password),
                ("password_again", again),
            ]
        };
        browser
            .post(&link, &fields("password1234", "password1234"))
            .is(422);
        browser
            .post(&link, &fields(PASSWORD, "another-kettle-orbit-9"))
            .is(422);
        browser.post(&link, &fields(PASSWORD, PASSWORD)).is(303);
        browser.get("/users").is(200);
        for used in [&link, &first] {
            let mut late = server.browser();
            late.get(used).is(410);
            late.get("/sign-in").is(200);
            late.post(used, &fields(PASSWORD, PASSWORD)).is(410);
        }
        server.stop();
        let server = Server::serve(data);
        server.browser().get("/readyz").is(200);
        assert!(
            !server.printed().iter().any(|line| line.contains("/link/")),
            "{:?}",
            server.printed()
        );
        server.stop();
    });
}

#[test]
fn a_server_that_is_told_to_stop_answers_what_is_in_hand() {
    on_both(|data| {
        let server = Server::serve(data);
        let mut browser = server.first_administrator();
        browser.get("/agencies/new").is(200);
        let body = browser.form(&[("name", "Slow wardens"), ("kind", "council")]);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        let request = browser.request("POST", "/agencies/new", &headers, &body);
        // Half of the form has come when the signal does.
        let mut slow = browser.connect();
        let (begun, rest) = request.split_at(request.len() - 20);
        slow.write_all(begun).expect("sent");
        pause(300);
        server.terminate();
        pause(300);
        slow.write_all(rest).expect("sent");
        let answer = read(slow).is(303);
        assert_eq!(answer.header("location"), Some("/agencies"));
        assert_eq!(server.ended(), Some(0));
        let server = Server::serve(data);
        let mut again = server.browser();
        again.sign_in("ada@example.org", PASSWORD);
        assert!(
            again
                .get("/agencies")
                .is(200)
                .text()
                .contains("Slow wardens")
        );
        server.stop();
    });
}

#[test]
fn forms_go_in_while_an_import_runs() {
    on_both(|data| {
        let server = Server::serve(data);
        let mut browser = server.first_administrator();
        let file = data
            .folder
            .write(&name("2025-01"), street("2025-01", 60_000, 20_000));
        std::thread::scope(|scope| {
            let import = scope.spawn(|| data.done(&["import", "police-uk", &file]));
            let mut added = 0;
            while !import.is_finished() || added == 0 {
                browser.get("/agencies/new").is(200);
                browser
                    .post(
                        "/agencies/new",
                        &[("name", &format!("Wardens {added}")), ("kind", "council")],
                    )
                    .is(303);
                added += 1;
            }
            let report = import.join().expect("imported");
            assert_eq!(report["rows"], 80_000, "{report}");
            let page = browser.get("/agencies").is(200).text();
            assert!(
                (0..added).all(|n| page.contains(&format!("Wardens {n}<"))),
                "{added} were added"
            );
        });
        server.stop();
    });
}

#[test]
fn a_file_sent_through_the_page_is_imported_and_shown() {
    on_both(|data| {
        let server = Server::serve(data);
        let mut browser = server.first_administrator();
        browser.get("/imports/new").is(200);
        let text = street("2025-01", 90, 10);
        let sent = browser
            .upload(
                "/imports/new",
                &[("kind", "auto")],
                &name("2025-01"),
                text.as_bytes(),
            )
            .is(303);
        let place = sent
            .header("location")
            .expect("where the preview is")
            .to_owned();
        let preview = browser.get(&place).is(200);
        assert!(preview.words().contains("100"), "{}", preview.words());
        browser.post(&place, &[("action", "import")]).is(303);
        browser.until_figure("/ranking?type=all", 100);
        assert_eq!(data.counted("asb"), 90);
        // A file that is none is refused at the field, and nothing waits for it.
        browser.get("/imports/new").is(200);
        let refused = browser
            .upload("/imports/new", &[("kind", "auto")], "empty.csv", b"")
            .is(422);
        assert!(
            refused.words().contains("The file is empty"),
            "{}",
            refused.words()
        );
        server.stop();
    });
}

#[test]
fn what_one_copy_imports_the_other_shows_within_two_seconds() {
    on_postgres(|data| {
        let (one, other) = (Server::serve(data), Server::serve(data));
        // Each copy printed a link, and the last one holds.
        let mut there = other.first_administrator();
        let mut here = there.on(&one);
        let first = data
            .folder
            .write(&name("2025-01"), street("2025-01", 40, 0));
        data.done(&["import", "police-uk", &first]);
        there.until_figure("/ranking?type=all", 40);
        here.get("/imports/new").is(200);
        let sent = here
            .upload(
                "/imports/new",
                &[("kind", "auto")],
                &name("2025-02"),
                street("2025-02", 60, 0).as_bytes(),
            )
            .is(303);
        let place = sent
            .header("location")
            .expect("where the preview is")
            .to_owned();
        here.get(&place).is(200);
        here.post(&place, &[("action", "import")]).is(303);
        until("the first copy says that it is done", 30, || {
            here.get(&place).status == 303
        });
        let done = std::time::Instant::now();
        there.until_figure("/ranking?type=all&from=2025-01&to=2025-02", 100);
        let took = done.elapsed();
        assert!(took.as_secs_f64() < 2.0, "shown after {took:?}");
        // An agency added through one is on the other's page at once.
        here.get("/agencies/new").is(200);
        here.post(
            "/agencies/new",
            &[("name", "Shared wardens"), ("kind", "council")],
        )
        .is(303);
        assert!(
            there
                .get("/agencies")
                .is(200)
                .text()
                .contains("Shared wardens")
        );
        one.stop();
        other.stop();
    });
}

#[test]
fn a_port_in_use_is_told_on_one_line() {
    let data = Data::new();
    let server = Server::serve(&data);
    let ran = Data::new().run(&["serve", "--listen", &format!("127.0.0.1:{}", server.port)]);
    assert!(
        ran.failed().contains("cannot listen on 127.0.0.1"),
        "{ran:?}"
    );
    server.stop();
}
