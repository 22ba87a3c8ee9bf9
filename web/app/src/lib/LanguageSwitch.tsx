import { speak } from './i18n';
import { usePreferences } from './preferences';

/** The other language, by its own name. */
export function LanguageSwitch() {
  const { language } = usePreferences();
  const isChinese = language === 'zh-CN';
  return (
    <button
      type="button"
      className="t-plain"
      lang={isChinese ? 'en' : 'zh-CN'}
      onClick={() => void speak(isChinese ? 'en' : 'zh-CN')}
    >
      {isChinese ? 'English' : '中文'}
    </button>
  );
}
