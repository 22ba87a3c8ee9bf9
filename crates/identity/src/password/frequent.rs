//! Passwords that everybody tries first, here and in China; zxcvbn brings 30,000 more.

/// Lower case, sorted by bytes.
#[rustfmt::skip]
pub(super) const PASSWORDS: &[&str] = &[
    "!@#$%^&*", "!@#$%^&*()", "!@#$1234", "!q2w3e4r", "!qaz2wsx", "0000000000", "0123456789",
    "0987654321", "1111111111", "11223344", "1122334455", "112233445566", "1212121212",
    "123123123", "123321123", "1234!@#$", "12344321", "123456789", "1234567890", "12345678910",
    "123456789a", "123456789abc", "12345678a", "1234567a", "123456a", "123456aa", "123456abc",
    "123456abcd", "123456qwe", "123456qwerty", "123456zxc", "12345qwert", "1234qwer", "1234qwer!",
    "1234qwer!@#$", "123698745", "123abc456", "123qwe!@#", "123qwe123", "123qweasd",
    "123qweasdzxc", "1313131313", "1314520", "1314521", "1314woaini", "147258369", "147852369",
    "159357", "159753", "1q2w3e4r", "1q2w3e4r!", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz!qaz",
    "1qaz1qaz", "1qaz2wsx", "1qaz2wsx3edc", "1qaz@wsx", "1qaz@wsx3edc", "1qazxsw2", "2wsx3edc",
    "321321321", "3edc4rfv", "5201314", "520131400", "5201314520", "5201314aa", "666666666",
    "66668888", "741852963", "7758258", "7758521", "789456123", "88888888", "888888888",
    "963852741", "9876543210", "999999999", "a123456", "a123456!", "a123456.", "a12345678",
    "a123456789", "a123456789!", "a1234567890", "a5201314", "aa123456", "aa123456!", "aa123456.",
    "aa12345678", "aa123456789", "abc123", "abc123!", "abc12345", "abc12345!", "abc123456",
    "abc1234567", "abc123456789", "abc123abc", "abc@123", "abc@1234", "abcd1234", "abcd1234!",
    "abcd123456", "abcd1234567", "abcd@1234", "abcdef123456", "admin123", "admin1234",
    "admin123456", "admin888", "admin@123", "admin@1234", "admin@huawei", "admin@huawei.com",
    "adminadmin", "administrator", "aini1314", "aini520", "ainiyiwannian", "alibaba123",
    "alipay123", "alipay123456", "apple12345", "asd123456", "asdf1234", "asdf1234!", "asdf@1234",
    "asdfasdf1", "asdfghjkl", "asdfghjkl123", "baidu123", "bank12345", "baseball1", "batman123",
    "beijing123", "beijing2008", "caonima", "caonima123", "caonimabi", "changeme", "changeme1",
    "changeme123", "charlie1", "correcthorsebatterystaple", "dearbook", "default123", "demo1234",
    "demo123456", "dragon123", "edc123456", "ewallet123", "football1", "google123", "guest123456",
    "hahaha123", "hehehe123", "huawei12#$", "huawei123", "huawei@123", "iamabc123", "iloveyou",
    "iloveyou1", "iloveyou123", "iloveyou1314", "iloveyou520", "iloveyou5201314", "iphone123",
    "jordan23", "letmein1", "letmein123", "love1314520", "love5201314", "lovelove1",
    "loveyou1314", "master123", "michael1", "money12345", "monkey123", "nihao123", "nihao1234",
    "nihao123456", "nihaoma123", "p@$$w0rd", "p@$$w0rd1", "p@ssw0rd", "p@ssw0rd1", "p@ssw0rd123",
    "p@ssword123", "pa$$w0rd", "pa55w0rd", "pa55word", "passw0rd", "passw0rd1", "passw0rd123",
    "password", "password!23", "password1", "password12", "password123", "password1234",
    "princess1", "q123456789", "q1w2e3r4", "q1w2e3r4t5", "q1w2e3r4t5y6", "qaz123456", "qazwsx123",
    "qazwsxedc", "qq123456", "qq123456789", "qq5201314", "qqww1122", "qwe123!@#", "qwe123456",
    "qwe123456789", "qweasdzxc", "qweasdzxc123", "qwer!@#$", "qwer!@#$1234", "qwer1234",
    "qwer1234!", "qwer123456", "qwerqwer", "qwert12345", "qwerty123", "qwerty123456",
    "qwerty1234567890", "qwertyuiop", "qwertyuiop123", "root1234", "root123456", "samsung123",
    "secret123", "shadow123", "shanghai123", "shanghai2010", "starwars1", "sunshine1",
    "superman1", "taobao123", "tencent123", "test1234", "test123456", "test@123", "test@1234",
    "thequickbrownfox", "tiantian", "tiantian123", "toor1234", "trustno1", "wallet123",
    "wallet1234", "wangyut2", "wechat123", "weixin123", "weixin888", "welcome1", "welcome123",
    "welcome2024", "welcome2025", "welcome2026", "welcome@123", "whatever1", "woaibaba",
    "woaimama", "woaini", "woaini11", "woaini123", "woaini123456", "woaini1314", "woaini1314520",
    "woaini520", "woaini5201314", "woaini521", "woaiwojia", "woaiwojia123", "woaizhongguo",
    "woaiziji", "wobuzhidao", "woshinibaba", "woshinidie", "woshishabi", "woshishei", "woshishui",
    "woxiangni", "wsx123456", "xiaomi123", "xiaoming123", "xiaoxiao", "xiaoxiao123", "zaq12wsx",
    "zaq1@wsx", "zhifubao", "zhifubao123", "zhifubao888", "zhongguo", "zhongguo123",
    "zhongguo1949", "zxcv1234", "zxcv1234!", "zxcvbnm", "zxcvbnm123", "zxcvbnm123456",
];

#[cfg(test)]
mod tests {
    use super::PASSWORDS;

    #[test]
    fn the_list_can_be_searched_by_halves() {
        assert!(PASSWORDS.is_sorted());
        assert!(PASSWORDS.iter().all(|word| word.to_lowercase() == *word));
    }
}
