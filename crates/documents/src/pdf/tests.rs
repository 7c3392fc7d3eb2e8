use std::path::Path;

use super::*;

fn made() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn base(title: &str) -> Document {
    Document {
        title: title.into(),
        organisation: "County Durham Community Safety Partnership".into(),
        version: "Version 3".into(),
        date: "2026-11-23".parse().ok(),
        ..Document::default()
    }
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.into(),
    }
}

fn field(label: &str, hint: &str, kind: FieldKind) -> Block {
    Block::Field(Field {
        label: label.into(),
        hint: hint.into(),
        optional: label.starts_with("Anything"),
        kind,
    })
}

const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240" width="640" height="240"><g font-family="Arial, sans-serif" font-size="16"><rect x="120" y="20" width="400" height="40" fill="#1d70b8"/><rect x="120" y="80" width="250" height="40" fill="#1d70b8"/><rect x="120" y="140" width="120" height="40" fill="#1d70b8"/><text x="110" y="46" text-anchor="end">Boarded up</text><text x="110" y="106" text-anchor="end">Waste</text><text x="110" y="166" text-anchor="end">Graffiti</text><text x="530" y="46" font-weight="bold">40</text><text x="380" y="106" font-weight="bold">25</text><text x="250" y="166" font-weight="bold">12</text></g></svg>"##;

/// A filled form with everything that a report may hold, and words that try to be markup.
fn filled() -> Document {
    let hostile = "#let x = sys.version; #read(\"/etc/passwd\") $x^2$ *bold* _it_ `raw` <label> @ref \\ // no /* comment */";
    Document {
        subtitle: "Empty home at Front Street, Tow Law".into(),
        marking: "Official \u{2013} sensitive".into(),
        reference: "EH-7K3M-9QX4".into(),
        blocks: vec![
            Block::KeyValues(vec![
                KeyValue::new("Address", "14 Front Street\nTow Law\nDL13 4DX"),
                KeyValue::new("Empty since", "March 2024"),
                KeyValue::new("What neighbours say", hostile),
                KeyValue::new("Evidence", format!("https://example.test/{}", "a1b2c3d4e5".repeat(14))),
                KeyValue::new("Names", "Zo\u{eb} \u{141}uk\u{e1}sz \u{414}\u{43c}\u{438}\u{442}\u{440}\u{438}\u{439} \u{645}\u{62d}\u{645}\u{62f} \u{674e}\u{5c0f} \u{1f600}\u{fe0f} \u{2713} \u{e000}\u{0}\u{7}end"),
            ]),
            heading(3, "What was found"),
            Block::Paragraph("The front door is boarded and the rear yard is open to the lane. Waste has built up since the summer.\n\nA neighbour has seen young people on the roof twice.\r\nNobody was hurt.".into()),
            Block::List { numbered: false, items: vec!["Roof slates are loose over the pavement".into(), "The rear gate does not lock, so that anyone can walk in from the lane at any time of the day or night".into()] },
            Block::List { numbered: true, items: vec!["Secure the gate".into(), "Serve the notice".into()] },
            Block::Note { title: "Power".into(), text: "Building Act 1984, section 79: the council may require the owner to repair a building that is seriously detrimental to the amenities of the neighbourhood.".into() },
            heading(1, "Nuisance nearby"),
            Block::Chart(Chart {
                svg: SVG.into(),
                alt: "Bar chart: boarded up 40, waste 25, graffiti 12".into(),
                table: DataTable {
                    caption: "Reports within 200 metres, January to October 2026".into(),
                    header: vec!["Kind".into(), "Reports".into(), "Change on the year before".into()],
                    numeric: vec![false, true, true],
                    rows: vec![
                        vec!["Boarded up".into(), "40".into(), "+12".into()],
                        vec!["Waste".into(), "25".into(), "\u{2212}3".into()],
                        vec!["Graffiti".into(), "12".into()],
                    ],
                },
            }),
            heading(4, "History"),
            Block::Table(DataTable {
                header: vec!["Day".into(), "What".into(), "Who".into()],
                rows: (1..40).map(|n| vec![format!("{} October 2026", n % 28 + 1), format!("Visit {n}: no change"), "Housing".into()]).collect(),
                ..DataTable::default()
            }),
        ],
        ..base("Empty home record")
    }
}

fn blank() -> Document {
    let options = |count: usize| -> Vec<String> {
        let names = [
            "Litter",
            "Dog fouling",
            "Graffiti",
            "Broken lighting",
            "Fly-tipping",
            "Abandoned car",
            "Overgrown hedges",
            "Something else",
        ];
        names
            .iter()
            .take(count)
            .map(|name| (*name).to_owned())
            .collect()
    };
    Document {
        subtitle: "Fill this in as you walk, or do it on a phone: it works without signal".into(),
        reference: "Street audit".into(),
        blocks: vec![
            Block::Paragraph("Write in capital letters. If you need more room, use another sheet and give it to the neighbourhood warden.".into()),
            heading(1, "Where and when"),
            field("Which street did you walk?", "", FieldKind::Line),
            field("Postcode", "For example DL13 4DX", FieldKind::Letters(8)),
            field("When did you walk it?", "For example 23 11 2026", FieldKind::Date),
            heading(1, "What you saw"),
            field("What problems did you see?", "", FieldKind::Choices { options: options(8), several: true }),
            field("Which was the worst?", "Think of the people who live there", FieldKind::Choices { options: options(4), several: false }),
            field("Was anyone in danger?", "", FieldKind::YesNo),
            field("How safe did you feel?", "", FieldKind::Scale { lowest: 0, highest: 10, low: "Not safe at all".into(), high: "Completely safe".into() }),
            field("How much would it cost to put right?", "Leave blank if you do not know", FieldKind::Money),
            field("Anything else?", "", FieldKind::Lines(6)),
            field("Draw where it is", "", FieldKind::Space(60)),
        ],
        ..base("Street audit")
    }
}

fn leaflet() -> Document {
    let card = |title: &str, text: &str| Card {
        title: title.into(),
        text: text.into(),
        details: vec![
            KeyValue::new("Where", "Town Hall, Front Street, Newton Aycliffe, DL5 4RU"),
            KeyValue::new("When", "Tuesdays 10am to 4pm"),
            KeyValue::new("Phone", "01325 555 0100"),
        ],
    };
    Document {
        subtitle: "Help near you: Newton Aycliffe, for families".into(),
        blocks: vec![
            Block::Paragraph(
                "These services are free. You do not need a referral unless it says so.".into(),
            ),
            heading(1, "Money and housing"),
            Block::Cards {
                across: 2,
                cards: vec![
                    card(
                        "Citizens Advice",
                        "Debt, benefits and housing. Bring your letters.",
                    ),
                    card(
                        "Tenancy support",
                        "Help to keep your home if you are behind with rent, or if neighbours make your life hard.",
                    ),
                    card("Warm space", ""),
                ],
            },
            heading(1, "Staying safe"),
            Block::Note {
                title: "In an emergency call 999".into(),
                text: "If you can't speak, press 55 when asked.".into(),
            },
            Block::Image {
                bytes: PNG.to_vec(),
                alt: "A red square".into(),
                caption: "The way in is at the back".into(),
            },
        ],
        ..base("Where to go for help")
    }
}

/// 2 by 2 red pixels.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0,
    0, 0, 144, 119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 8, 215, 99, 248, 207, 192, 0, 0, 3, 1, 1,
    0, 24, 221, 141, 176, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn has(pdf: &[u8], words: &str) -> bool {
    pdf.windows(words.len()).any(|at| at == words.as_bytes())
}

#[test]
fn forms_and_leaflets_are_accessible() {
    for (name, document) in [
        ("filled", filled()),
        ("blank", blank()),
        ("leaflet", leaflet()),
    ] {
        let started = std::time::Instant::now();
        let pdf = render(&document, made()).unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {} bytes in {:?}", pdf.len(), started.elapsed());
        for wanted in [
            "%PDF-1.7",
            "/StructTreeRoot",
            "/Marked true",
            "/Lang",
            "en-GB",
            "/DisplayDocTitle true",
            "pdfuaid:part",
            "/Creator",
        ] {
            assert!(has(&pdf, wanted), "{name} lacks {wanted}");
        }
        let looks = std::env::temp_dir().join("commonweal-looks");
        if Path::new(&looks).is_dir() {
            std::fs::write(looks.join(format!("{name}.pdf")), &pdf).unwrap();
        }
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(
        render(&filled(), made()).unwrap(),
        render(&filled(), made()).unwrap()
    );
    let later = "2026-11-23T09:00:01Z".parse().unwrap();
    assert_ne!(
        render(&leaflet(), made()).unwrap(),
        render(&leaflet(), later).unwrap()
    );
}

#[test]
fn what_is_missing_is_said() {
    let with = |block| Document {
        blocks: vec![block],
        ..base("x")
    };
    let refusal = |document: &Document| render(document, made()).unwrap_err();
    assert_eq!(refusal(&base(" ")), PdfError::NoTitle);
    assert_eq!(
        refusal(&Document {
            language: "English".into(),
            ..base("x")
        }),
        PdfError::Language
    );
    assert_eq!(
        refusal(&with(Block::Table(DataTable::default()))),
        PdfError::NoHeader
    );
    let image = |alt: &str| Block::Image {
        bytes: b"MZ no picture".to_vec(),
        alt: alt.into(),
        caption: String::new(),
    };
    assert_eq!(refusal(&with(image(""))), PdfError::NoAlt);
    assert!(matches!(refusal(&with(image("x"))), PdfError::Layout(_)));
    let chart = |svg: &str| Chart {
        svg: svg.into(),
        alt: "x".into(),
        table: DataTable {
            header: vec!["x".into()],
            ..DataTable::default()
        },
    };
    assert!(matches!(
        refusal(&with(Block::Chart(chart("<svg")))),
        PdfError::Layout(_)
    ));
}

#[test]
fn odd_but_right_documents_render() {
    let odd = vec![
        Block::List {
            numbered: true,
            items: vec![],
        },
        Block::KeyValues(vec![]),
        Block::Cards {
            across: 0,
            cards: vec![],
        },
        Block::Cards {
            across: 9,
            cards: vec![Card::default()],
        },
        Block::Paragraph(String::new()),
        Block::Paragraph("\n\n\n\u{1f600}".into()),
        heading(0, ""),
        heading(9, "deep"),
        Block::PageBreak,
        field(
            "",
            "",
            FieldKind::Choices {
                options: vec![],
                several: true,
            },
        ),
        field(
            "",
            "",
            FieldKind::Choices {
                options: vec!["x".into(); 60],
                several: true,
            },
        ),
        field("", "", FieldKind::Lines(255)),
        field("", "", FieldKind::Letters(0)),
        field(
            "",
            "",
            FieldKind::Scale {
                lowest: 127,
                highest: -128,
                low: String::new(),
                high: String::new(),
            },
        ),
        field("", "", FieldKind::Space(255)),
        Block::Table(DataTable {
            header: vec![String::new(); 12],
            rows: vec![vec!["long ".repeat(30); 20]],
            ..DataTable::default()
        }),
        Block::KeyValues(vec![KeyValue::new("k", "word ".repeat(4_000))]),
    ];
    for block in odd {
        let said = format!("{block:?}");
        let document = Document {
            blocks: vec![block],
            ..base("Odd")
        };
        let result = render(&document, made());
        assert!(
            result.is_ok(),
            "{}: {result:?}",
            said.chars().take(200).collect::<String>()
        );
    }
    for language in ["cy", "pl-PL", "ar", ""] {
        assert!(
            render(
                &Document {
                    language: language.into(),
                    ..leaflet()
                },
                made()
            )
            .is_ok()
        );
    }
}
