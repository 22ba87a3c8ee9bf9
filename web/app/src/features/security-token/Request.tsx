import type { User } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { useMutation } from '@tanstack/react-query';
import { MailOutline, MessageOutline, PhonebookOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { type Channel, refreshTokens, requestToken } from './tokens';

/** Where the Token can go: the designated contacts, and the inbox. */
export function Request({ user, replaces }: { user: User; replaces: string | undefined }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const request = useMutation({
    mutationFn: (channel: Channel) => requestToken(channel, replaces),
    onSuccess: refreshTokens,
  });
  const hasActive = replaces !== undefined;
  const contactOf = (kind: string) =>
    user.contacts.find((contact) => contact.kind === kind && contact.designated)?.masked;
  const ways: { channel: Channel; icon: typeof MailOutline; to: string | undefined }[] = [
    { channel: 'sms', icon: PhonebookOutline, to: contactOf('phone') },
    { channel: 'email', icon: MailOutline, to: contactOf('email') },
    { channel: 'inbox', icon: MessageOutline, to: t('token.to_inbox') },
  ];
  return (
    <section className="t-card" aria-labelledby="request">
      <h2 id="request" className="card__title">
        {t(hasActive ? 'token.replace' : 'token.request')}
      </h2>
      <p className="card__text">{t(hasActive ? 'token.replace_text' : 'token.request_text')}</p>
      <div className="t-rows">
        {ways.map(({ channel, icon: Icon, to }) => (
          <button
            key={channel}
            type="button"
            className="t-row"
            disabled={to === undefined || request.isPending}
            onClick={() => request.mutate(channel)}
          >
            <RowContent
              icon={<Icon />}
              title={t(`channel.${channel}`)}
              text={to ?? t('token.no_contact')}
              isLink={to !== undefined}
            />
          </button>
        ))}
      </div>
      <div className="card__text">
        <FormError text={request.error && errorText(request.error)} />
      </div>
    </section>
  );
}
