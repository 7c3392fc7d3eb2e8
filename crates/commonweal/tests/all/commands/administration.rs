//! `commonweal content export|apply` and `commonweal user add|reset|disable`.

use std::fs;
use std::path::Path;

use crate::support::program::{Data, on_both};
use crate::support::server::Server;

/// A password that is good enough.
const PASSWORD: &str = "kettle-orbit-lantern-19";

#[test]
fn content_goes_out_and_in_again() {
    on_both(|data| {
        let folder = data.folder.at("content");
        let exported = data.done(&["content", "export", &folder]);
        let files = exported["files"].clone();
        assert!(files.as_u64().is_some_and(|files| files > 30), "{exported}");
        let roles = Path::new(&folder).join("roles/roles.toml");
        let shipped = fs::read_to_string(&roles).expect("the roles");
        let told = data.done(&["content", "apply", &folder]);
        assert_eq!(
            (&told["published"], &told["unchanged"]),
            (&serde_json::json!([]), &files),
            "{told}"
        );
        // A change is published once.
        fs::write(
            &roles,
            format!("{shipped}\n# The partnership's own remark.\n"),
        )
        .expect("written");
        let told = data.done(&["content", "apply", &folder]);
        assert!(
            told["published"][0]
                .as_str()
                .is_some_and(|what| what.contains("roles/roles.toml")),
            "{told}"
        );
        assert_eq!(
            data.done(&["content", "apply", &folder])["unchanged"],
            files
        );
        // A wrong file is refused with its place, and changes nothing.
        fs::write(&roles, "[[role]]\nkey = 3\n").expect("written");
        let ran = data.run(&["content", "apply", &folder]);
        assert!(ran.failed().contains("roles.toml"), "{ran:?}");
        fs::write(
            &roles,
            shipped.replacen("see_incidents", "see_everything", 1),
        )
        .expect("written");
        let ran = data.run(&["content", "apply", &folder]);
        assert!(ran.failed().contains("see_everything"), "{ran:?}");
        data.done(&["content", "export", &folder]);
        assert!(
            fs::read_to_string(&roles)
                .expect("the roles")
                .ends_with("# The partnership's own remark.\n")
        );
    });
}

#[test]
fn an_unknown_kind_of_content_is_refused() {
    let data = Data::new();
    data.folder
        .write("content/spells/fireball.toml", "level = 3\n");
    let ran = data.run(&["content", "apply", &data.folder.at("content")]);
    assert!(ran.failed().contains("spells"), "{ran:?}");
    assert!(
        data.run(&["content", "apply", &data.folder.at("nowhere")])
            .failed()
            .contains("nowhere")
    );
}

/// The path of the one-time link in what was told.
fn link(told: &serde_json::Value) -> String {
    let link = told["link"].as_str().expect("a link");
    link[link.find("/link/").expect("a link's path")..].to_owned()
}

#[test]
fn users_are_added_reset_and_disabled() {
    on_both(|data| {
        let server = Server::serve(data);
        let mut administrator = server.browser();
        let first = server.first_link();
        administrator.get(&first).is(200);
        administrator
            .post(
                &first,
                &[
                    ("partnership", "Testshire"),
                    ("name", "Ada Test"),
                    ("email", "ada@example.org"),
                    ("password", PASSWORD),
                    ("password_again", PASSWORD),
                ],
            )
            .is(303);
        administrator.get("/agencies/new").is(200);
        administrator
            .post(
                "/agencies/new",
                &[("name", "The wardens"), ("kind", "council")],
            )
            .is(303);
        let add = [
            "user",
            "add",
            "sam@example.org",
            "--name",
            "Sam Ridley",
            "--agency",
            "The wardens",
            "--role",
            "analyst",
        ];
        let added = data.done(&add);
        assert!(data.run(&add).failed().contains("already"));
        let mut sam = server.browser();
        sam.get(&link(&added)).is(200);
        sam.post(
            &link(&added),
            &[("password", PASSWORD), ("password_again", PASSWORD)],
        )
        .is(303);
        sam.get("/ranking").is(200);
        // The link works once.
        server.browser().get(&link(&added)).is(410);
        let mut elsewhere = server.browser();
        elsewhere.sign_in("sam@example.org", PASSWORD);
        // A new password, by a new link.
        let reset = data.done(&["user", "reset", "sam@example.org"]);
        let mut again = server.browser();
        again.get(&link(&reset)).is(200);
        let other = "violet-harbour-acorn-7";
        again
            .post(
                &link(&reset),
                &[("password", other), ("password_again", other)],
            )
            .is(303);
        again.get("/ranking").is(200);
        data.done(&["user", "disable", "sam@example.org"]);
        again.get("/ranking").is(303);
        let mut refused = server.browser();
        refused.get("/sign-in").is(200);
        refused
            .post(
                "/sign-in",
                &[("email", "sam@example.org"), ("password", other)],
            )
            .is(422);
        server.stop();
    });
}

#[test]
fn wrong_users_are_refused_on_one_line_that_says_what_there_is() {
    let data = Data::new();
    let add = |email: &str, agency: &str, role: &str| {
        data.run(&[
            "user", "add", email, "--name", "Sam", "--agency", agency, "--role", role,
        ])
    };
    assert!(
        add("sam", "The council", "analyst")
            .failed()
            .contains("not an e-mail address")
    );
    assert!(
        add("sam@example.org", "Nobody", "analyst")
            .failed()
            .contains("no agency called 'Nobody'")
    );
    for command in [
        &["user", "reset", "sam@example.org"][..],
        &["user", "disable", "sam@example.org"],
    ] {
        assert!(
            data.run(command)
                .failed()
                .contains("nobody has the e-mail address"),
            "{command:?}"
        );
    }
}
