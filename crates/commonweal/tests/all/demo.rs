//! `commonweal demo`: a made-up partnership that starts at once and keeps what was done.

use std::process::Command;
use std::time::Instant;

use crate::support::demo::{ADMINISTRATOR, ANALYST, command, copy, demo};
use crate::support::program::{Folder, program, run};
use crate::support::server::Server;

#[test]
fn everybody_can_sign_in() {
    let demo = demo();
    let roles: Vec<&str> = demo.people.iter().map(|(role, ..)| role.as_str()).collect();
    assert_eq!(roles.len(), 16, "{roles:?}");
    for (role, email, password) in &demo.people {
        let mut browser = demo.server.browser();
        browser.sign_in(email, password);
        let home = browser.get("/").is(200);
        assert!(
            home.words().contains("Safer County Durham"),
            "{role}: {}",
            home.words()
        );
    }
    let mut stranger = demo.server.browser();
    stranger.get("/sign-in").is(200);
    stranger
        .post(
            "/sign-in",
            &[("email", ANALYST), ("password", "not-the-password-at-all")],
        )
        .is(422);
}

#[test]
fn it_is_a_lively_partnership() {
    let demo = demo();
    let mut administrator = demo.signed_in(ADMINISTRATOR);
    let agencies = administrator.get("/agencies").is(200).words();
    for name in [
        "The council",
        "The police",
        "Fire and rescue",
        "A housing association (north)",
        "Probation",
    ] {
        assert!(agencies.contains(name), "{name}: {agencies}");
    }
    let mut analyst = demo.signed_in(ANALYST);
    // 24 months of four sources; the generator's own tests say how many that are.
    let quality = analyst.get("/data-quality").is(200).words();
    for source in ["police", "council", "housing", "fire"] {
        assert!(
            quality.to_lowercase().contains(source),
            "{source}: {quality}"
        );
    }
    for path in ["/map", "/ranking", "/trend"] {
        let page = analyst.get(path).is(200);
        assert!(
            page.figure("Incidents")
                .is_none_or(|incidents| incidents > 5_000),
            "{path}: {}",
            page.words()
        );
    }
    let spots = analyst.get("/map/data?type=asb&areas=cell9").is(200);
    assert!(spots.body.len() > 5_000);
}

#[test]
fn the_pages_and_the_command_line_count_the_same() {
    let demo = demo();
    let folder = Folder::new();
    let data = folder.at("demo");
    copy(&demo.pristine, data.as_ref());
    let out = folder.at("cells.geojson");
    let mut analyst = demo.signed_in(ANALYST);
    for kind in ["asb", "all"] {
        let told = run(&[
            "hotspots",
            "database",
            "--data-dir",
            &data,
            "--cells",
            "h3:8",
            "--type",
            kind,
            "--out",
            &out,
            "--json",
        ])
        .ok()
        .json();
        let counted =
            told["counted"].as_u64().expect("counted") + told["dropped"].as_u64().expect("dropped");
        let (from, to) = (
            told["asked"]["from"].as_str().expect("from"),
            told["asked"]["to"].as_str().expect("to"),
        );
        let page = analyst
            .get(&format!("/ranking?type={kind}&from={from}&to={to}"))
            .is(200);
        assert_eq!(
            page.figure("Incidents"),
            Some(counted),
            "{kind}: {}",
            page.words()
        );
        // With made-up postcodes and residents, rates can be told.
        assert_eq!(told["asked"]["rates"], true, "{told}");
        assert!(
            told["significant"].as_u64().is_some_and(|hot| hot >= 10),
            "the hot spots are found: {told}"
        );
    }
}

#[test]
fn a_second_start_is_quick_and_keeps_what_was_done() {
    let demo = demo();
    // 0.3 s of work; this machine may do other things meanwhile.
    assert!(demo.second_start.as_secs() < 15, "{:?}", demo.second_start);
    let folder = Folder::new();
    let data = folder.path().join("demo");
    copy(&demo.pristine, &data);
    let server = Server::start(command(&data));
    let mut administrator = server.browser();
    administrator.sign_in(ADMINISTRATOR, demo.password());
    administrator.get("/agencies/new").is(200);
    administrator
        .post(
            "/agencies/new",
            &[("name", "The river trust"), ("kind", "other")],
        )
        .is(303);
    server.kill();
    let begun = Instant::now();
    let server = Server::start(command(&data));
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
    let mut again = administrator.on(&server);
    assert!(
        again
            .get("/agencies")
            .is(200)
            .text()
            .contains("The river trust")
    );
    assert!(
        !server
            .logged()
            .iter()
            .any(|line| line.contains("Making up")),
        "{:?}",
        server.logged()
    );
    server.stop();
}

#[test]
fn a_folder_that_is_not_a_demo_is_left_alone() {
    let folder = Folder::new();
    let file = folder.write("work/thesis.txt", "years of work");
    let output = demo_on(&folder.at("work")).output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        (output.status.code(), said.lines().count()),
        (Some(1), 1),
        "{said}"
    );
    assert!(said.contains("not a demo"), "{said}");
    assert_eq!(
        std::fs::read_to_string(file).expect("the file"),
        "years of work"
    );
    assert_eq!(
        std::fs::read_dir(folder.path().join("work"))
            .expect("the folder")
            .count(),
        1
    );
}

fn demo_on(data: &str) -> Command {
    let mut command = program();
    command.args([
        "demo",
        "--no-open",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data,
    ]);
    command
}
