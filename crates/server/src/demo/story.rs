/// Somebody of the cast.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) phone: &'static str,
    pub(super) password: &'static str,
    pub(super) locale: &'static str,
}

/// What somebody does; amounts in minor units.
#[derive(Debug)]
pub(super) enum Act {
    TopUp {
        minor: i64,
        currency: &'static str,
    },
    /// Pays the other one.
    Pay {
        minor: i64,
        currency: &'static str,
        note: &'static str,
    },
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) days_ago: i64,
    /// Of that day, UTC.
    pub(super) minute: i64,
    /// Who, by their place in the cast.
    pub(super) who: usize,
    pub(super) act: Act,
}

/// The two people. Their passwords stand in every copy of this program: play money only.
pub(super) const CAST: [Role; 2] = [
    Role {
        name: "林薇",
        phone: "+8613800000001",
        password: "Plum-Orbit7#Gravel",
        locale: "zh",
    },
    Role {
        name: "Alex Morgan",
        phone: "+8613800000002",
        password: "Cedar-Comet9#Harbour",
        locale: "en",
    },
];

const fn event(days_ago: i64, minute: i64, who: usize, act: Act) -> Event {
    Event {
        days_ago,
        minute,
        who,
        act,
    }
}

/// The month, in the order in which it happened.
pub(super) const fn events() -> &'static [Event] {
    const EVENTS: &[Event] = &[
        event(
            29,
            62,
            0,
            Act::TopUp {
                minor: 300000,
                currency: "CNY",
            },
        ),
        event(
            29,
            95,
            1,
            Act::TopUp {
                minor: 250000,
                currency: "CNY",
            },
        ),
        event(
            29,
            240,
            0,
            Act::Pay {
                minor: 3800,
                currency: "CNY",
                note: "早餐拼单",
            },
        ),
        event(
            28,
            130,
            1,
            Act::Pay {
                minor: 12650,
                currency: "CNY",
                note: "Dinner at the noodle place",
            },
        ),
        event(
            28,
            700,
            0,
            Act::Pay {
                minor: 4500,
                currency: "CNY",
                note: "电影票",
            },
        ),
        event(
            27,
            65,
            1,
            Act::Pay {
                minor: 2200,
                currency: "CNY",
                note: "Coffee",
            },
        ),
        event(
            26,
            310,
            0,
            Act::Pay {
                minor: 12800,
                currency: "CNY",
                note: "水电费分摊",
            },
        ),
        event(
            25,
            125,
            0,
            Act::Pay {
                minor: 1990,
                currency: "CNY",
                note: "地铁卡充值",
            },
        ),
        event(
            25,
            420,
            1,
            Act::Pay {
                minor: 8888,
                currency: "CNY",
                note: "Happy birthday! 生日快乐",
            },
        ),
        event(
            24,
            600,
            1,
            Act::Pay {
                minor: 3500,
                currency: "CNY",
                note: "Taxi home",
            },
        ),
        event(
            23,
            200,
            0,
            Act::Pay {
                minor: 6400,
                currency: "CNY",
                note: "火锅 AA",
            },
        ),
        event(
            22,
            80,
            1,
            Act::TopUp {
                minor: 100000,
                currency: "CNY",
            },
        ),
        event(
            22,
            85,
            1,
            Act::Pay {
                minor: 150000,
                currency: "CNY",
                note: "Rent, my half",
            },
        ),
        event(
            21,
            333,
            0,
            Act::Pay {
                minor: 2580,
                currency: "CNY",
                note: "奶茶两杯",
            },
        ),
        event(
            20,
            410,
            0,
            Act::Pay {
                minor: 23990,
                currency: "CNY",
                note: "周末高铁票",
            },
        ),
        event(
            19,
            90,
            1,
            Act::Pay {
                minor: 1800,
                currency: "CNY",
                note: "Bakery",
            },
        ),
        event(
            18,
            520,
            1,
            Act::Pay {
                minor: 9900,
                currency: "CNY",
                note: "Concert ticket",
            },
        ),
        event(
            17,
            140,
            0,
            Act::Pay {
                minor: 4260,
                currency: "CNY",
                note: "超市买菜",
            },
        ),
        event(
            16,
            660,
            0,
            Act::Pay {
                minor: 1500,
                currency: "CNY",
                note: "打车",
            },
        ),
        event(
            15,
            60,
            0,
            Act::TopUp {
                minor: 200000,
                currency: "CNY",
            },
        ),
        event(
            15,
            75,
            0,
            Act::Pay {
                minor: 5000,
                currency: "CNY",
                note: "健身课",
            },
        ),
        event(
            14,
            250,
            1,
            Act::Pay {
                minor: 7320,
                currency: "CNY",
                note: "Groceries for Sunday",
            },
        ),
        event(
            13,
            480,
            1,
            Act::Pay {
                minor: 2000,
                currency: "CNY",
                note: "Lost the bet, fair and square",
            },
        ),
        event(
            12,
            100,
            0,
            Act::Pay {
                minor: 18800,
                currency: "CNY",
                note: "父亲节礼物一起买",
            },
        ),
        event(
            11,
            70,
            0,
            Act::TopUp {
                minor: 50000,
                currency: "USD",
            },
        ),
        event(
            11,
            72,
            1,
            Act::TopUp {
                minor: 20000,
                currency: "USD",
            },
        ),
        event(
            11,
            90,
            0,
            Act::Pay {
                minor: 4999,
                currency: "USD",
                note: "Software licence, shared",
            },
        ),
        event(
            10,
            390,
            1,
            Act::Pay {
                minor: 3150,
                currency: "CNY",
                note: "Lunch",
            },
        ),
        event(
            9,
            610,
            0,
            Act::Pay {
                minor: 6666,
                currency: "CNY",
                note: "六六大顺",
            },
        ),
        event(
            8,
            155,
            1,
            Act::Pay {
                minor: 1250,
                currency: "CNY",
                note: "Parking",
            },
        ),
        event(
            7,
            330,
            0,
            Act::Pay {
                minor: 10800,
                currency: "CNY",
                note: "球赛门票",
            },
        ),
        event(
            6,
            440,
            1,
            Act::Pay {
                minor: 5480,
                currency: "CNY",
                note: "Books",
            },
        ),
        event(
            5,
            95,
            0,
            Act::Pay {
                minor: 2990,
                currency: "CNY",
                note: "视频会员",
            },
        ),
        event(
            4,
            260,
            1,
            Act::Pay {
                minor: 11200,
                currency: "CNY",
                note: "Train tickets back",
            },
        ),
        event(
            3,
            570,
            0,
            Act::Pay {
                minor: 3330,
                currency: "CNY",
                note: "夜宵烧烤",
            },
        ),
        event(
            2,
            120,
            1,
            Act::Pay {
                minor: 2450,
                currency: "CNY",
                note: "Breakfast for two",
            },
        ),
        event(
            2,
            700,
            0,
            Act::Pay {
                minor: 8000,
                currency: "CNY",
                note: "还你上次的饭钱",
            },
        ),
        event(
            1,
            60,
            1,
            Act::TopUp {
                minor: 80000,
                currency: "CNY",
            },
        ),
        event(
            1,
            115,
            1,
            Act::Pay {
                minor: 6700,
                currency: "CNY",
                note: "Flowers for mum",
            },
        ),
        event(
            1,
            640,
            0,
            Act::Pay {
                minor: 4180,
                currency: "CNY",
                note: "咖啡豆",
            },
        ),
    ];
    EVENTS
}
