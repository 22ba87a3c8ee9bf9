import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { type PayLink, payLinkOf } from '../lib/paylink';
import { accountRoutes } from './account-routes';
import { Broken } from './broken';
import { root, visitors, wallet } from './parents';

const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./welcome'), 'Welcome'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  component: lazyRouteComponent(() => import('./sign-up'), 'SignUp'),
});

const signIn = createRoute({
  getParentRoute: () => visitors,
  path: '/sign-in',
  // Only a place inside this app: a full address could lead elsewhere.
  validateSearch: ({ next, locked }): { next?: string; locked?: boolean } => ({
    ...(typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {}),
    ...(locked === true ? { locked } : {}),
  }),
  component: lazyRouteComponent(() => import('./sign-in'), 'SignIn'),
});

const home = createRoute({
  getParentRoute: () => wallet,
  path: '/',
  component: lazyRouteComponent(() => import('./home'), 'Home'),
});

const topUp = createRoute({
  getParentRoute: () => wallet,
  path: '/top-up',
  component: lazyRouteComponent(() => import('./top-up'), 'TopUp'),
});

const scan = createRoute({
  getParentRoute: () => wallet,
  path: '/scan',
  component: lazyRouteComponent(() => import('./scan'), 'Scan'),
});

const receive = createRoute({
  getParentRoute: () => wallet,
  path: '/receive',
  component: lazyRouteComponent(() => import('./receive'), 'Receive'),
});

const spending = createRoute({
  getParentRoute: () => wallet,
  path: '/spending',
  component: lazyRouteComponent(() => import('./spending'), 'Spending'),
});

const transfer = createRoute({
  getParentRoute: () => wallet,
  path: '/transfer',
  validateSearch: (search): Partial<PayLink> => payLinkOf(search),
  component: lazyRouteComponent(() => import('./transfer'), 'Transfer'),
});

const records = createRoute({
  getParentRoute: () => wallet,
  path: '/records',
  component: lazyRouteComponent(() => import('./records'), 'Records'),
});

const newest = createRoute({
  getParentRoute: () => records,
  path: '/',
  component: lazyRouteComponent(() => import('./record'), 'NewestRecord'),
});

const record = createRoute({
  getParentRoute: () => records,
  path: '$id',
  component: lazyRouteComponent(() => import('./record'), 'Record'),
});

const inbox = createRoute({
  getParentRoute: () => wallet,
  path: '/inbox',
  component: lazyRouteComponent(() => import('./inbox'), 'Inbox'),
});

const confirm = createRoute({
  getParentRoute: () => wallet,
  path: '/q',
  component: lazyRouteComponent(() => import('./confirm'), 'Confirm'),
});

const question = createRoute({
  getParentRoute: () => wallet,
  path: '/question/$id',
  component: lazyRouteComponent(() => import('./question'), 'Question'),
});

const notMe = createRoute({
  getParentRoute: () => root,
  path: '/not-me',
  component: lazyRouteComponent(() => import('./not-me'), 'NotMe'),
});

const freezeOpen = createRoute({
  getParentRoute: () => root,
  path: '/freeze',
  component: lazyRouteComponent(() => import('./freeze-open'), 'FreezeOpen'),
});

const recover = createRoute({
  getParentRoute: () => root,
  path: '/recover',
  validateSearch: ({ find }): { find?: boolean } => (find === true ? { find } : {}),
  component: lazyRouteComponent(() => import('./recover'), 'Recover'),
});

const signInCode = createRoute({
  getParentRoute: () => visitors,
  path: '/sign-in/code',
  component: lazyRouteComponent(() => import('./sign-in-code'), 'SignInCode'),
});

const tree = root.addChildren([
  welcome,
  signUp,
  notMe,
  freezeOpen,
  recover,
  visitors.addChildren([signIn, signInCode]),
  wallet.addChildren([
    home,
    topUp,
    scan,
    receive,
    spending,
    transfer,
    records.addChildren([newest, record]),
    inbox,
    ...accountRoutes,
    confirm,
    question,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
