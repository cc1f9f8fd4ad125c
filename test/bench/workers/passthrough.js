// The least that a Worker can do in Hookswitch's place: the request as it is, its body streamed, to the origin.
export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return fetch(new Request(env.ORIGIN + pathname, request));
  },
};
