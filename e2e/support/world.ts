import type { APIRequestContext } from '@playwright/test';

export type Person = {
  name: string;
  phone: string;
  password: string;
  /** The session of a program, not of the browser. */
  bearer: string;
  user: string;
  /** The active Token, if one was asked for. */
  token: string;
};

type Sent = { code?: string; token?: string; text?: string };

export const PASSWORD = 'Cedar-Comet9#Harbour';

/** A phone number that nobody has. */
export const newPhone = () => `138${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;

/** People who act through the API, so that a story can begin where it begins. */
export class World {
  private readonly read = new Set<string>();

  constructor(
    private readonly api: APIRequestContext,
    private readonly baseURL: string,
    /** In which the messages to these people are written. */
    private readonly locale: 'zh' | 'en',
  ) {}

  private async post(path: string, data: object, bearer?: string, key?: string) {
    const headers: Record<string, string> = {};
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    if (key) headers['idempotency-key'] = key;
    const answer = await this.api.post(`${this.baseURL}${path}`, { data, headers });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  }

  async get(path: string, bearer: string) {
    const headers = { authorization: `Bearer ${bearer}` };
    return (await this.api.get(`${this.baseURL}${path}`, { headers })).json();
  }

  /** The newest code or Token that went to somebody and was not read before; waits for it. */
  async secretFor(to: string): Promise<string> {
    const query = new URLSearchParams({ to });
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await this.api.get(`${this.baseURL}/sandbox/messages?${query}`);
      const { data } = await answer.json();
      const secrets: string[] = data.map((one: Sent) => one.code ?? one.token).filter(Boolean);
      const fresh = secrets.find((secret) => !this.read.has(secret));
      if (fresh) {
        this.read.add(fresh);
        return fresh;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nothing arrived for ${to}`);
  }

  /** The newest text to somebody that has this in it; waits for it. */
  async textFor(to: string, part: RegExp): Promise<string> {
    const query = new URLSearchParams({ to });
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await this.api.get(`${this.baseURL}/sandbox/messages?${query}`);
      const { data } = await answer.json();
      const found = data.map((one: Sent) => one.text ?? '').find((text: string) => part.test(text));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nothing like ${part} arrived for ${to}`);
  }

  async person(name: string, funds: Record<string, number> = {}): Promise<Person> {
    const phone = newPhone();
    const start = { phone, locale: this.locale, accept_terms: true };
    const { id } = await this.post('/v1/registrations', start);
    const code = await this.secretFor(phone);
    await this.post(`/v1/registrations/${id}/verify`, { code });
    const last = { name, password: PASSWORD };
    const { user, session } = await this.post(`/v1/registrations/${id}/complete`, last);
    const bearer = session.token;
    for (const [currency, amount] of Object.entries(funds)) {
      const money = { amount, currency };
      await this.post('/v1/top-ups', { channel: 'sandbox', money }, bearer, crypto.randomUUID());
    }
    return { name, phone, password: PASSWORD, bearer, user: user.id, token: '' };
  }

  async withToken(person: Person): Promise<Person> {
    const asked = await this.post('/v1/security-tokens', { channel: 'sms' }, person.bearer);
    const token = await this.secretFor(person.phone);
    await this.post(`/v1/security-tokens/${asked.id}/activate`, { token }, person.bearer);
    return { ...person, token };
  }

  async pay(from: Person, to: Person, amount: number, note = '') {
    const body = {
      to: { user: to.user },
      money: { amount, currency: 'CNY' },
      note,
      authorization: { security_token: from.token },
    };
    return this.post('/v1/transfers', body, from.bearer, crypto.randomUUID());
  }

  /** The code that came into somebody's inbox and fetches the secret of an access token. */
  async claimCode(person: Person): Promise<string> {
    const { data } = await this.get('/v1/inbox?limit=20', person.bearer);
    const texts: string[] = data.map((one: { text?: string }) => JSON.stringify(one));
    for (const text of texts) {
      const code = text.match(/[0-9A-Z]{4}(?:-[0-9A-Z]{4})+/)?.[0];
      if (code && !this.read.has(code)) {
        this.read.add(code);
        return code;
      }
    }
    throw new Error(`no claim code among ${texts}`);
  }

  /** The address behind the code that another device shows to be let in. */
  async confirmation(): Promise<URL> {
    const { url } = await this.post('/v1/device-confirmations', { purpose: 'sign_in' });
    return new URL(url);
  }

  /** What a payment is answered with: its status, and the code of a refusal. */
  async payStatus(from: Person, to: Person, amount: number) {
    const data = {
      to: { user: to.user },
      money: { amount, currency: 'CNY' },
      authorization: { security_token: from.token },
    };
    const answer = await this.api.post(`${this.baseURL}/v1/transfers`, {
      data,
      headers: {
        authorization: `Bearer ${from.bearer}`,
        'idempotency-key': crypto.randomUUID(),
      },
    });
    return [answer.status(), (await answer.json()).code];
  }

  async end(person: Person, session: string) {
    const headers = { authorization: `Bearer ${person.bearer}` };
    await this.api.delete(`${this.baseURL}/v1/sessions/${session}`, { headers });
  }
}
