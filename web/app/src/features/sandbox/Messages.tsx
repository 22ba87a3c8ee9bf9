import './Messages.css';
import type { SandboxMessage } from '@tael/api/generated/types.gen';
import { Empty } from '@tael/ui/states/states';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../lib/CopyButton';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

const SHOWN_MOST = 20;

/** The newest messages that would have left the machine. */
export default function Messages({ messages }: { messages: SandboxMessage[] }) {
  const { t } = useTranslation();
  if (messages.length === 0) return <Empty title={t('sandbox.empty')} />;
  return (
    <>
      <p className="t-soft t-small">{t('sandbox.intro')}</p>
      <ul className="arrived">
        {messages.slice(0, SHOWN_MOST).map((message) => (
          <Arrived
            key={`${message.sent_at} ${message.to} ${message.channel} ${message.text}`}
            message={message}
          />
        ))}
      </ul>
    </>
  );
}

function Arrived({ message }: { message: SandboxMessage }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const secret = message.token ?? message.code;
  const channel = message.channel as 'sms' | 'email' | 'inbox';
  return (
    <li className="arrived__one">
      <p className="arrived__head">
        <span className="arrived__to">
          {t(`channel.${channel}`)} · {message.to}
        </span>
        <time dateTime={message.sent_at}>{moment(message.sent_at, language, 'time')}</time>
      </p>
      <p className="arrived__text">{message.text}</p>
      {secret && (
        <p className="arrived__copy">
          <span data-testid="secret">{secret}</span>
          <CopyButton text={secret} label={t('sandbox.secret')} kind="secret" />
        </p>
      )}
    </li>
  );
}
