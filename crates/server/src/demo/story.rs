/// Somebody of the cast.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) phone: &'static str,
    pub(super) password: &'static str,
    pub(super) locale: &'static str,
}

/// An amount in minor units, and its currency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    pub(super) minor: i64,
    pub(super) currency: &'static str,
}

/// What somebody does.
#[derive(Debug)]
pub(super) enum Act {
    TopUp(Sum),
    /// Pays the other one.
    Pay(Sum, &'static str),
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

/// Places in the cast.
const LIN: usize = 0;
const ALEX: usize = 1;

const fn cny(minor: i64) -> Sum {
    Sum {
        minor,
        currency: "CNY",
    }
}

const fn usd(minor: i64) -> Sum {
    Sum {
        minor,
        currency: "USD",
    }
}

const fn top_up(days_ago: i64, minute: i64, who: usize, sum: Sum) -> Event {
    Event {
        days_ago,
        minute,
        who,
        act: Act::TopUp(sum),
    }
}

const fn pay(days_ago: i64, minute: i64, who: usize, sum: Sum, note: &'static str) -> Event {
    Event {
        days_ago,
        minute,
        who,
        act: Act::Pay(sum, note),
    }
}

/// The month, in the order in which it happened.
pub(super) const EVENTS: &[Event] = &[
    top_up(29, 62, LIN, cny(300_000)),
    top_up(29, 95, ALEX, cny(250_000)),
    pay(29, 240, LIN, cny(3_800), "早餐拼单"),
    pay(28, 130, ALEX, cny(12_650), "Dinner at the noodle place"),
    pay(28, 700, LIN, cny(4_500), "电影票"),
    pay(27, 65, ALEX, cny(2_200), "Coffee"),
    pay(26, 310, LIN, cny(12_800), "水电费分摊"),
    pay(25, 125, LIN, cny(1_990), "地铁卡充值"),
    pay(25, 420, ALEX, cny(8_888), "Happy birthday! 生日快乐"),
    pay(24, 600, ALEX, cny(3_500), "Taxi home"),
    pay(23, 200, LIN, cny(6_400), "火锅 AA"),
    top_up(22, 80, ALEX, cny(100_000)),
    pay(22, 85, ALEX, cny(150_000), "Rent, my half"),
    pay(21, 333, LIN, cny(2_580), "奶茶两杯"),
    pay(20, 410, LIN, cny(23_990), "周末高铁票"),
    pay(19, 90, ALEX, cny(1_800), "Bakery"),
    pay(18, 520, ALEX, cny(9_900), "Concert ticket"),
    pay(17, 140, LIN, cny(4_260), "超市买菜"),
    pay(16, 660, LIN, cny(1_500), "打车"),
    top_up(15, 60, LIN, cny(200_000)),
    pay(15, 75, LIN, cny(5_000), "健身课"),
    pay(14, 250, ALEX, cny(7_320), "Groceries for Sunday"),
    pay(13, 480, ALEX, cny(2_000), "Lost the bet, fair and square"),
    pay(12, 100, LIN, cny(18_800), "父亲节礼物一起买"),
    top_up(11, 70, LIN, usd(50_000)),
    top_up(11, 72, ALEX, usd(20_000)),
    pay(11, 90, LIN, usd(4_999), "Software licence, shared"),
    pay(10, 390, ALEX, cny(3_150), "Lunch"),
    pay(9, 610, LIN, cny(6_666), "六六大顺"),
    pay(8, 155, ALEX, cny(1_250), "Parking"),
    pay(7, 330, LIN, cny(10_800), "球赛门票"),
    pay(6, 440, ALEX, cny(5_480), "Books"),
    pay(5, 95, LIN, cny(2_990), "视频会员"),
    pay(4, 260, ALEX, cny(11_200), "Train tickets back"),
    pay(3, 570, LIN, cny(3_330), "夜宵烧烤"),
    pay(2, 120, ALEX, cny(2_450), "Breakfast for two"),
    pay(2, 700, LIN, cny(8_000), "还你上次的饭钱"),
    top_up(1, 60, ALEX, cny(80_000)),
    pay(1, 115, ALEX, cny(6_700), "Flowers for mum"),
    pay(1, 640, LIN, cny(4_180), "咖啡豆"),
];
