use super::*;
use crate::events::Actor;
use crate::testing::{clock, folder};
use crate::{on_both, read, write};

fn shipped(body: &str) -> Vec<Shipped> {
    vec![Shipped {
        kind: "letters".to_owned(),
        key: "warning.txt".to_owned(),
        body: body.to_owned(),
    }]
}

fn kinds() -> Vec<Kind> {
    vec![Kind::new("letters", |_, body| {
        if body.contains("{{") {
            Err("line 1: there is no field of this name.".to_owned())
        } else {
            Ok(())
        }
    })]
}

async fn body(db: &Db, on: NaiveDate) -> Option<String> {
    read!(db, |tx| current(tx, "letters", "warning.txt", on).await)
        .await
        .unwrap()
        .map(|version| version.body)
}

on_both! {
    async fn shipped_content_gives_way_to_the_partnerships_own(db: Db) {
        let clock = clock();
        let today = clock.today();
        let admin = Actor::user(crate::ids::new_uuid(&clock), "administration");
        assert_eq!(install(&db, &clock, &shipped("one")).await.unwrap(), Installed { published: 1, ..Installed::default() });
        assert_eq!(install(&db, &clock, &shipped("one")).await.unwrap(), Installed { unchanged: 1, ..Installed::default() });
        assert_eq!(install(&db, &clock, &shipped("two")).await.unwrap().published, 1);
        assert_eq!(body(&db, today).await.as_deref(), Some("two"));
        let mut follower = generations::Follower::new(&db, GENERATION);
        let seen = follower.changed().await.unwrap().unwrap();
        follower.saw(seen);

        let tomorrow = today.succ_opt().unwrap();
        let own = write!(&db, &clock, &admin, |tx| publish(tx, "letters", "warning.txt", "ours", tomorrow).await).await.unwrap();
        assert_eq!(own, 3);
        assert!(follower.changed().await.unwrap().is_some());
        assert_eq!(body(&db, today).await.as_deref(), Some("two"), "not yet");
        assert_eq!(body(&db, tomorrow).await.as_deref(), Some("ours"));
        assert_eq!(body(&db, today.pred_opt().unwrap()).await, None, "what held then");

        clock.advance(chrono::Duration::days(2));
        assert_eq!(install(&db, &clock, &shipped("three")).await.unwrap(), Installed { offered: 1, ..Installed::default() });
        assert_eq!(body(&db, clock.today()).await.as_deref(), Some("ours"));
        let old = read!(&db, |tx| version(tx, "letters", "warning.txt", 1).await).await.unwrap();
        assert_eq!((old.body.as_str(), old.shipped), ("one", true));
        write!(&db, &clock, &admin, |tx| withdraw(tx, "letters", "warning.txt", own).await).await.unwrap();
        assert_eq!(body(&db, clock.today()).await.as_deref(), Some("two"));
        let again = write!(&db, &clock, &admin, |tx| withdraw(tx, "letters", "warning.txt", own).await).await;
        assert!(matches!(again, Err(DbError::Stale)));
    }

    async fn a_folder_goes_out_and_comes_back_whole_or_not_at_all(db: Db) {
        let (clock, place) = (clock(), folder().unwrap());
        let admin = Actor::system("administration");
        install(&db, &clock, &shipped("one")).await.unwrap();
        assert_eq!(export(&db, &clock, place.path()).await.unwrap(), 1);
        let file = place.path().join("letters/warning.txt");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one");
        let apply_all = async || apply(&db, &clock, &admin, &kinds(), place.path()).await;
        assert_eq!(apply_all().await.unwrap(), Applied { unchanged: 1, ..Applied::default() });

        std::fs::write(&file, "ours").unwrap();
        std::fs::write(place.path().join("letters/.warning.txt.swp"), "\0").unwrap();
        std::fs::write(place.path().join("letters/thanks.txt"), "Dear {{nmae}}").unwrap();
        std::fs::write(place.path().join("letters/Bad Name.txt"), "x").unwrap();
        std::fs::create_dir(place.path().join("songs")).unwrap();
        let wrong = apply_all().await.unwrap_err().to_string();
        for part in ["thanks.txt: line 1: there is no field", "Bad Name.txt: name the file", "songs: there is no such kind of content. The kinds are: letters."] {
            assert!(wrong.contains(part), "{wrong}");
        }
        assert_eq!(body(&db, clock.today()).await.as_deref(), Some("one"));

        std::fs::remove_dir(place.path().join("songs")).unwrap();
        std::fs::remove_file(place.path().join("letters/Bad Name.txt")).unwrap();
        std::fs::write(place.path().join("letters/thanks.txt"), "Dear neighbour").unwrap();
        let done = apply_all().await.unwrap();
        assert_eq!(done.published, [("letters/thanks.txt".to_owned(), 1), ("letters/warning.txt".to_owned(), 2)]);
        assert_eq!(body(&db, clock.today()).await.as_deref(), Some("ours"));
        let all = read!(&db, |tx| all_current(tx, clock.today()).await).await.unwrap();
        assert_eq!(all.len(), 2);
    }
}
