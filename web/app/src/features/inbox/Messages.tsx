import './inbox.css';
import { postV1InboxByIdRead } from '@tael/api/generated/sdk.gen';
import type { InboxMessage } from '@tael/api/generated/types.gen';
import { Bones, Empty, Failed, ListEnd } from '@tael/ui/states/states';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { MessageOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { inboxQuery, meQuery, queries } from '../../lib/queries';

const refresh = async () => {
  await queries.invalidateQueries({ queryKey: inboxQuery.queryKey });
  await queries.invalidateQueries({ queryKey: meQuery.queryKey });
};

/** In-app messages, newest first. */
export function Messages() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const inbox = useInfiniteQuery(inboxQuery);
  if (inbox.isPending) return <Bones label={t('common.loading')} lines={6} />;
  if (inbox.isError && !inbox.data) {
    return (
      <Failed
        title={errorText(inbox.error)}
        retryLabel={t('common.retry')}
        onRetry={() => void inbox.refetch()}
      />
    );
  }
  const messages = inbox.data.pages.flatMap((page) => page.data);
  if (messages.length === 0) return <Empty icon={<MessageOutline />} title={t('inbox.none')} />;
  return (
    <>
      <div className="t-card t-rows">
        {messages.map((message) => (
          <Message key={message.id} message={message} />
        ))}
      </div>
      {inbox.hasNextPage ? (
        <Button block loading={inbox.isFetchingNextPage} onClick={() => void inbox.fetchNextPage()}>
          {t('common.more')}
        </Button>
      ) : (
        <ListEnd label={t('inbox.end')} />
      )}
    </>
  );
}

function Message({ message }: { message: InboxMessage }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const isUnread = message.read_at === null || message.read_at === undefined;
  const read = useMutation({
    mutationFn: () => ask(postV1InboxByIdRead({ path: { id: message.id } })),
    onSuccess: refresh,
  });
  return (
    <article className={`message${isUnread ? ' message--unread' : ''}`}>
      <header className="message__head">
        <h2 className="message__title">
          {isUnread && <span className="t-hidden">{t('inbox.unread')} </span>}
          {message.title}
        </h2>
        <time className="message__when" dateTime={message.created_at}>
          {moment(message.created_at, language, 'short')}
        </time>
      </header>
      <p className="message__text">{message.text}</p>
      {isUnread && (
        <p>
          <button
            type="button"
            className="t-plain"
            disabled={read.isPending}
            onClick={() => read.mutate()}
          >
            {t('inbox.mark_read')}
          </button>
        </p>
      )}
    </article>
  );
}
