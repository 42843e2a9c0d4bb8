"""The texts of the examples: tests of a running app called Marlow Running. Invented, every one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """One test to be. `variants` are (name, title, message, weight); `runs` is how often it was repeated."""

    name: str
    goal: str
    device_types: tuple[str, ...]
    audience: object
    variants: tuple[tuple[str, str, str, int], ...]
    link: str = "marlow://home"
    control: float = 0.0
    campaign: str = ""
    runs: int = 1


PUSH = ("ios", "android")
PUSH_AND_WEB = ("ios", "android", "web")
SEGMENT = "4f6c2b1e-7d3a-4c58-9e21-6a0b5d8f3c17"
QUIET_60 = {"and": [{"tag": "runner"}, {"not": {"static_list": "ua_active_last_60_days"}}]}
LONG_RUN = {
    "and": [
        {"tag": "long-run-plan"},
        {"or": [{"tag": ["DE", "AT"], "group": "country"}, {"tag": "de", "group": "language"}]},
        {"not": {"tag": "injury-pause"}},
    ]
}
PREMIUM = {"tag": "premium", "group": "plan"}
FREE = {"and": [{"tag": "free", "group": "plan"}, {"not": {"tag": "asked-this-week"}}]}
CLUB = {"or": [{"tag": ["club-berlin", "club-vienna", "club-zurich"]}, {"segment": SEGMENT}]}
RACERS = {"and": [{"tag": "race-entered"}, {"attribute": "race_distance_km", "operator": "greater", "value": 10}]}
NEW_RUNNERS = {"attribute": "runs_total", "operator": "less", "value": 4}
SHOES = {"and": [{"tag": "tracks-shoes"}, {"attribute": "shoe_km", "operator": "greater", "value": 550}]}

EXAMPLES = (
    Example(
        "Sunday long run reminder",
        "Runners who see the distance start more often than runners who see the weather.",
        PUSH_AND_WEB,
        LONG_RUN,
        (
            ("A Distance", "14 km is waiting for you", "Your Sunday long run is ready. Easy pace, about 1 h 25.", 2),
            ("B Weather", "Dry until noon", "11 °C, a light wind and no rain before lunch. Your long run fits in.", 2),
            ("C Running friends", "3 friends run today", "They have their shoes on. Join them, or run your own.", 1),
        ),
        "marlow://plan/long-run",
        0.1,
        "retention",
        runs=6,
    ),
    Example(
        "Win back runners quiet for 60 days",
        "A short honest mail brings more people back than a list of new features.",
        ("email",),
        QUIET_60,
        (
            ("A Honest", "We kept your plan", "It is where you left it. Ten easy minutes are enough to be back.", 1),
            ("B News", "What is new in Marlow", "Route heat maps, a quieter coach and better shoes tracking.", 1),
            ("C Question", "Did something get in the way?", "Tell us in one tap. The plan adapts to what you say.", 1),
        ),
        control=0.1,
        campaign="win-back",
        runs=3,
    ),
    Example(
        "SMS opt-in, second confirmation",
        "Saying how many messages a month will come raises the second yes.",
        ("sms",),
        {"sms_sender": "40404"},
        (
            ("A Plain", "", "Marlow Running: reply YES to get race day messages. STOP ends it.", 1),
            ("B Number", "", "Marlow Running: at most 4 messages a month, race days only. Reply YES. STOP ends it.", 1),
        ),
        campaign="compliance",
        runs=2,
    ),
    Example(
        "Shoe mileage warning: how blunt?",
        "A blunt warning sells as many shoes as a gentle one, and is switched off less often.",
        PUSH,
        SHOES,
        (
            ("A Gentle", "Your shoes have come far", "550 km together. Have a look at the soles this week.", 1),
            ("B Number", "571 km on this pair", "Most pairs are done between 500 and 800 km.", 1),
            ("C Blunt", "These shoes are done", "Past 550 km the foam no longer gives back what you put in.", 1),
            ("D Knees", "Think of your knees", "Worn foam passes the blow on. A new pair takes it.", 1),
            ("E Shop", "Same model, new foam", "Your model is in stock at your shop, in your size.", 1),
        ),
        "marlow://gear/shoes",
        0.1,
        "gear",
        runs=2,
    ),
    Example(
        "Race week checklist",
        "A checklist is opened more often than good wishes.",
        PUSH,
        RACERS,
        (
            (
                "A Checklist",
                "Race week: 6 small things",
                "Bib, gels, laces, sleep, route, start time. Tick them off.",
                1,
            ),
            ("B Wishes", "Race week is here", "You trained for this. Everything you need is in one place.", 1),
        ),
        "marlow://race/checklist",
        campaign="race-week",
        runs=3,
    ),
    Example(
        "Resume onboarding, web",
        "Naming the one step that is missing brings more people back than a progress bar.",
        ("web",),
        NEW_RUNNERS,
        (
            ("A One step", "One step is missing", "Tell us your weekday and the plan is ready.", 1),
            ("B Progress", "You are 80 % set up", "Two more minutes and your first week is planned.", 1),
            ("C Benefit", "Your first week, planned", "Three easy runs that fit your calendar.", 1),
            ("D Coach", "Your coach has a question", "Morning or evening? That is all that is left.", 1),
        ),
        "https://app.marlow.example/welcome",
        campaign="onboarding",
        runs=2,
    ),
    Example(
        "Winter base plan: emoji or plain",
        "Emoji in the title raise opens among runners under 30 only.",
        PUSH,
        "all",
        (
            ("A Plain", "The winter base plan is here", "12 weeks, three runs a week, no track needed.", 1),
            ("B Emoji", "❄️ The winter base plan is here", "12 weeks 🏃 three runs a week, no track needed.", 1),
        ),
        "marlow://plans/winter-base",
        0.1,
        "launch",
    ),
    Example(
        "Autumn half marathon plan launch",
        "People sign up sooner when the first run is tomorrow.",
        ("ios", "android", "email"),
        {"and": [{"tag": "runner"}, {"not": {"tag": "race-entered"}}]},
        (
            ("A Tomorrow", "Your first run could be tomorrow", "A half marathon in 12 weeks, from where you are.", 1),
            ("B Finish", "21.1 km, and a medal", "A half marathon in 12 weeks, from where you are.", 1),
        ),
        "marlow://plans/half",
        0.1,
        "launch",
        runs=2,
    ),
    Example(
        "Streak save on rest days",
        "Calling a rest day part of the plan keeps more streaks than a warning.",
        PUSH,
        {"and": [{"tag": "streak-7"}, {"not": {"tag": "ran-today"}}]},
        (
            ("A Rest counts", "Rest is in the plan", "Today counts as done. Your streak is safe.", 1),
            ("B Warning", "Your streak ends tonight", "A ten-minute walk keeps it alive.", 1),
        ),
        "marlow://streak",
        campaign="retention",
        runs=4,
    ),
    Example(
        "Tempo Tuesday recap",
        "A recap with one number is opened more often than one with a chart.",
        PUSH,
        {"tag": "tempo-tuesday"},
        (
            ("A One number", "4:52 per km", "Your fastest tempo block since spring.", 1),
            ("B Chart", "Your tempo block, drawn", "See where you held the pace and where it slipped.", 1),
            ("C Rank", "You were 3rd in your club", "Out of 41 who ran the block today.", 1),
        ),
        "marlow://recap",
        runs=5,
    ),
    Example(
        "Podcast nudge on easy days",
        "A named episode is played more often than the list.",
        PUSH,
        PREMIUM,
        (
            ("A Episode", "38 minutes on running slowly", "Today's easy run is 40. Press play and go.", 1),
            ("B List", "Something to listen to", "Five new episodes for easy days.", 1),
        ),
        "marlow://listen",
        0.05,
        runs=3,
    ),
    Example(
        "Annual plan offer, app and mail",
        "A price per month sells more annual plans than a price per year.",
        ("ios", "android", "email"),
        FREE,
        (
            ("A Per month", "3.99 a month, paid yearly", "Every plan, every route, no adverts.", 1),
            ("B Per year", "47.88 for a whole year", "Every plan, every route, no adverts.", 1),
            ("C Saving", "Four months for nothing", "Pay yearly and keep what you save.", 1),
        ),
        "marlow://premium",
        0.15,
        "pricing",
        runs=2,
    ),
    Example(
        "Club run on Thursday",
        "The number of people who said yes fills the group better than the route.",
        PUSH,
        CLUB,
        (
            ("A People", "17 said yes to Thursday", "6 km by the river at 19:00. Room for three more.", 1),
            ("B Route", "6 km by the river", "Thursday 19:00, easy pace, lights on.", 1),
        ),
        "marlow://club/thursday",
        campaign="clubs",
        runs=4,
    ),
    Example(
        "Cold morning kit",
        "Advice for this morning's temperature is opened more than general advice.",
        PUSH,
        {"and": [{"tag": "morning-runner"}, {"tag": ["DE", "AT", "CH"], "group": "country"}]},
        (
            ("A Degrees", "2 °C at seven", "Gloves yes, second layer no. You will be warm at 2 km.", 1),
            ("B General", "Dressed for the cold", "Dress as if it were ten degrees warmer.", 1),
            ("C Photo", "What others wore today", "41 runners in your town, one picture.", 1),
        ),
        "marlow://kit",
        0.1,
        runs=2,
    ),
    Example(
        "First 5 km, what next?",
        "Offering one next goal keeps more first-timers than offering three.",
        PUSH_AND_WEB,
        {"and": [{"attribute": "longest_run_km", "operator": "greater", "value": 5}, {"tag": "first-year"}]},
        (
            ("A One goal", "5 km done. Next: 8", "Six weeks, the same three days.", 1),
            ("B Three goals", "5 km done. What is next?", "Longer, faster or more often: pick one.", 1),
        ),
        "marlow://goals",
        campaign="onboarding",
        runs=2,
    ),
    Example(
        "Injury pause check-in",
        "A question is answered; an article is not read.",
        ("ios", "android", "email"),
        {"and": [{"tag": "injury-pause"}, {"not": {"tag": "asked-this-week"}}]},
        (
            ("A Question", "How is the knee today?", "One tap. The plan waits for as long as you need.", 1),
            ("B Article", "Running after a pause", "Five minutes on coming back slowly.", 1),
        ),
        "marlow://pause",
        runs=2,
    ),
    Example(
        "Marathon expo text message",
        "The hall number in the text saves questions at the desk.",
        ("sms",),
        {"and": [{"sms_sender": "40404"}, {"tag": "race-berlin"}]},
        (
            ("A Hall", "", "Marlow at the expo: hall 4, stand 12, until 20:00. Bring your bib. STOP ends it.", 1),
            ("B Link", "", "Marlow is at the expo until 20:00. Map: marlow.example/expo STOP ends it.", 1),
        ),
        campaign="race-week",
    ),
    Example(
        "Monthly summary mail",
        "A subject with the runner's own distance is opened more often.",
        ("email",),
        {"subscription_list": "monthly_summary"},
        (
            ("A Distance", "Your month: 86 km", "Eleven runs, 620 metres up and one new favourite route.", 2),
            ("B Days", "11 days you went out", "86 km, 620 metres up and one new favourite route.", 2),
            ("C Plain", "Your monthly summary", "All runs of the month, and how they compare.", 1),
        ),
        control=0.05,
        runs=4,
    ),
    Example(
        "New routes near you",
        "A map with one route is opened more often than the count of new routes.",
        PUSH_AND_WEB,
        {"or": [{"tag": "explorer"}, {"and": [PREMIUM, {"not": {"tag": "track-only"}}]}]},
        (
            ("A One route", "8 km along the canal", "New near you, flat, lit until 22:00.", 1),
            ("B Count", "12 new routes near you", "From 3 to 21 km, sorted by how quiet they are.", 1),
            ("C Friend", "A route from your club", "8 km along the canal, run 64 times this month.", 1),
            ("D Sunset", "In time for the sunset", "8 km along the canal, back at 19:40.", 1),
            ("E Short", "Only 25 minutes?", "A loop of 4 km starts at your door.", 1),
            ("F Long", "A route for Sunday", "18 km through the forest, two fountains.", 1),
        ),
        "marlow://routes",
        0.1,
        "discovery",
        runs=3,
    ),
    Example(
        "Kiosk screen at the shop",
        "The screen at the till asks for the shoe test sooner.",
        ("open::kiosk",),
        {"open_channel": "0d1b8f52-61f3-4c0e-8c8e-0a4f6b7d2e91"},
        (
            ("A Invite", "Run on our treadmill", "Three minutes, and we film your stride.", 1),
            ("B Price", "Stride test, no charge", "Ask at the till.", 1),
        ),
    ),
    Example(
        "Evening runners: lights",
        "Safety sells reflective vests better than style.",
        ("ios", "android", "amazon"),
        {"tag": "evening-runner"},
        (
            ("A Safety", "Seen from 150 metres", "What a vest changes between five and seven.", 1),
            ("B Style", "Reflective, and not ugly", "Four vests our editors really wear.", 1),
        ),
        "marlow://gear/lights",
        campaign="gear",
        runs=2,
    ),
    Example(
        "Race day tips",
        "Tips by the hour are read to the end.",
        PUSH,
        RACERS,
        (
            ("A By the hour", "Race day, hour by hour", "From breakfast at six to the finish.", 1),
            ("B Top five", "Five things for race day", "Start slower than you want to. The rest is inside.", 1),
        ),
        "marlow://race/day",
        runs=2,
    ),
)
