//! What made-up problems are: facts, each in the words of three people; streets; small talk.

/// A kind with facts, each told in three ways.
pub(super) struct Kind {
    pub(super) key: &'static str,
    /// What some people take it for.
    pub(super) taken_for: &'static str,
    pub(super) share: u32,
    pub(super) repeated: f64,
    pub(super) facts: [[&'static str; 3]; 8],
}

pub(super) const KINDS: [Kind; 6] = [
    Kind {
        key: "noise",
        taken_for: "neighbours",
        share: 30,
        repeated: 0.6,
        facts: [
            [
                "Loud music with heavy bass comes through the wall",
                "thumping bass, can hear every track they play",
                "their stereo is turned up so far that my windows rattle",
            ],
            [
                "A party with dozens of guests in the garden",
                "there must be thirty of them partying out the back",
                "garden full of drunk guests singing",
            ],
            [
                "A dog barks for hours when left alone",
                "the alsatian next door howls all day long",
                "constant barking, the poor animal is shut in",
            ],
            [
                "Somebody plays drums in the garage",
                "drum kit being bashed in a garage",
                "the drummer practises with the garage door open",
            ],
            [
                "They shout and swear at each other",
                "screaming rows full of foul language",
                "a couple arguing at the top of their voices",
            ],
            [
                "Power tools and drilling until midnight",
                "he is drilling and sawing way past eleven",
                "DIY with a circular saw when everyone is asleep",
            ],
            [
                "A burglar alarm has been ringing and nobody turns it off",
                "alarm going off non stop, the owners are away",
                "that siren on the wall has not stopped",
            ],
            [
                "Television so loud that I hear each word",
                "their telly is on full volume",
                "I can follow the programme through the floor",
            ],
        ],
    },
    Kind {
        key: "vehicles",
        taken_for: "noise",
        share: 18,
        repeated: 0.4,
        facts: [
            [
                "Two lads on off-road bikes without helmets",
                "kids riding scramblers, no helmets on",
                "motocross bikes tearing about",
            ],
            [
                "They race across the field behind the school",
                "going flat out over the playing field",
                "doing laps of the school grounds",
            ],
            [
                "A white van blocks the pavement so that prams cannot pass",
                "van left on the footpath, wheelchairs have to go round",
                "the white transit is parked right across the pavement",
            ],
            [
                "Cars meet in the car park and do doughnuts",
                "boy racers spinning their tyres",
                "modified cars drifting in the retail park",
            ],
            [
                "A quad bike nearly hit a woman with a dog",
                "quad came within inches of a dog walker",
                "someone walking her spaniel had to jump clear of a quad",
            ],
            [
                "Revving and exhausts that bang",
                "engines revved until they backfire",
                "popping exhausts set our baby off",
            ],
            [
                "An electric scooter is ridden on the pavement at speed",
                "e-scooter flying along the path",
                "a lad on one of those electric scooters nearly knocked me over",
            ],
            [
                "A blue hatchback drives up and down with no lights",
                "blue corsa cruising without headlights",
                "unlit blue car goes round and round the estate",
            ],
        ],
    },
    Kind {
        key: "fly-tipping",
        taken_for: "litter",
        share: 16,
        repeated: 0.05,
        facts: [
            [
                "A mattress and a sofa were dumped",
                "old settee and mattress left there",
                "someone got rid of bedding and a couch",
            ],
            [
                "Black bags have split open and rats are about",
                "bin liners ripped, vermin running round",
                "there are rats at the torn refuse sacks",
            ],
            [
                "Building rubble and plasterboard",
                "a heap of bricks and plaster from some building job",
                "load of hardcore and broken tiles",
            ],
            [
                "About twenty tyres",
                "a pile of car tyres",
                "old tyres stacked against the fence",
            ],
            [
                "A fridge with its door hanging off",
                "broken fridge freezer",
                "somebody ditched a fridge",
            ],
            [
                "Letters with an address lie among it",
                "there is post in it with a name on",
                "found envelopes that say whose rubbish it is",
            ],
            [
                "A tipper lorry was seen leaving",
                "I saw a flat bed truck drive away empty",
                "a pickup with a cage on the back unloaded it",
            ],
            [
                "Garden waste and a shed in pieces",
                "hedge cuttings and bits of a shed",
                "somebody dumped fence panels and branches",
            ],
        ],
    },
    Kind {
        key: "rowdy",
        taken_for: "street-drinking",
        share: 20,
        repeated: 0.45,
        facts: [
            [
                "A group of teenagers gathers by the shop and blocks the door",
                "about ten youths hanging round the shop entrance",
                "kids crowd the doorway so customers cannot get in",
            ],
            [
                "They throw eggs at windows",
                "our windows were egged",
                "eggs all over my front window",
            ],
            [
                "They swear at an old man and laugh",
                "gave an elderly neighbour dreadful abuse",
                "shouting insults at a pensioner",
            ],
            [
                "They kick a football against garage doors",
                "ball being booted at the garages",
                "football hammering on metal doors",
            ],
            [
                "They drink cider in the bus shelter",
                "bottles of cider and cans in the bus stop",
                "boozing in the shelter",
            ],
            [
                "Two girls were fighting while others filmed",
                "a fight between girls, phones out",
                "kids filming two lasses scrapping",
            ],
            [
                "They climb on the roof of the community centre",
                "lads up on the hall roof",
                "children running across the community centre's roof",
            ],
            [
                "They knock on doors and run away",
                "knock down ginger at every house",
                "banging on our doors then scarpering",
            ],
        ],
    },
    Kind {
        key: "damage",
        taken_for: "graffiti",
        share: 9,
        repeated: 0.05,
        facts: [
            [
                "The bus shelter's glass was smashed",
                "all the glass is out of the bus stop",
                "broken panes in the shelter",
            ],
            [
                "Wing mirrors were snapped off parked cars",
                "somebody kicked mirrors off cars",
                "four motors have lost their mirrors",
            ],
            [
                "The swings were set alight and melted",
                "burnt out swing seats",
                "kids torched the swings",
            ],
            [
                "Fence panels were kicked in",
                "my fence has been booted down",
                "the fencing is in bits",
            ],
            [
                "A car's tyres were slashed",
                "all four of my tyres are flat, cut with a blade",
                "someone has knifed the tyres",
            ],
            [
                "Young trees were pulled up",
                "the new saplings have been snapped",
                "trees we planted are broken",
            ],
            [
                "A brick came through a front window",
                "half a brick thrown at the house",
                "stone put through the living room window",
            ],
            [
                "A gate was torn off",
                "the gate is off its hinges",
                "they ripped the gate away",
            ],
        ],
    },
    Kind {
        key: "drugs",
        taken_for: "rowdy",
        share: 7,
        repeated: 0.6,
        facts: [
            [
                "Cars stop for a minute and small packets change hands",
                "deals done through car windows",
                "quick handovers to drivers who pull up",
            ],
            [
                "There is a strong smell of cannabis on the stairs",
                "whole stairwell stinks of weed",
                "you smell skunk in the landing",
            ],
            [
                "Needles lie in the alley",
                "used syringes behind the garages",
                "found sharps down the back lane",
            ],
            [
                "A man in a grey tracksuit waits by the phone box",
                "lad in grey joggers stood at the phone box",
                "bloke wearing a grey tracksuit hangs about the kiosk",
            ],
            [
                "Young people with cash come and go at the flat",
                "constant stream of callers to one flat",
                "visitors stay two minutes and leave",
            ],
            [
                "Silver canisters are everywhere",
                "nitrous oxide canisters all over",
                "laughing gas bottles dropped in the gutter",
            ],
            [
                "Children are sent on bikes with bags",
                "boys on bicycles drop off parcels",
                "kids cycling round making deliveries",
            ],
            [
                "Someone was asleep with a pipe in the doorway",
                "man slumped in a doorway smoking something",
                "a fellow unconscious with drug gear beside him",
            ],
        ],
    },
];

pub(super) const FIRST: [&str; 24] = [
    "Lark", "Mill", "Station", "Chapel", "Beech", "Quarry", "Dene", "Manor", "Ash", "Colliery",
    "Vicar", "Harbour", "Heron", "Lantern", "Bramble", "Castle", "Salter", "Wheel", "Orchard",
    "Ridge", "Spring", "Tanner", "Well", "Yarrow",
];
pub(super) const SECOND: [&str; 10] = [
    "Street", "Road", "Terrace", "Close", "Avenue", "Lane", "Crescent", "Green", "Row", "Way",
];
pub(super) const SMALL_TALK: [&str; 10] = [
    "It has been going on far too long.",
    "Please can somebody do something about it.",
    "I have lived here for years and never known anything like it.",
    "We are all fed up.",
    "My children cannot sleep.",
    "I do not want my name given out.",
    "I rang before and nobody came.",
    "The neighbours say the same.",
    "It makes me anxious to go out.",
    "I hope this is the right place to tell you.",
];
