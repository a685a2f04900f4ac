import { startOfflineModelProcess } from './offline-model-process';

const ask = { model: 'm', tools: [{ name: 'Bash' }], messages: [{ role: 'user', content: 'hello' }] };

describe('startOfflineModelProcess', () => {
  it('starts, answers by its script, takes another, shows what was asked, and stops twice', async () => {
    const model = await startOfflineModelProcess({
      mode: 'script',
      script: { turns: [{ blocks: [{ text: 'first' }] }] },
    });
    const say = async (): Promise<unknown> =>
      (await fetch(`${model.url}/v1/messages`, { method: 'POST', body: JSON.stringify(ask) })).json();
    expect(await say()).toMatchObject({ content: [{ text: 'first' }] });
    await model.setScript({ turns: [{ blocks: [{ text: 'second' }] }] });
    expect(await say()).toMatchObject({ content: [{ text: 'second' }] });
    expect((await model.requests()).map(({ message }) => message?.prompt)).toEqual(['hello', 'hello']);
    await expect(model.setScript({ turns: [{}] })).rejects.toThrow('turns[0].blocks');
    await model.stop();
    await model.stop();
    await expect(fetch(model.url)).rejects.toThrow();
  });

  it("fails with the model's own words", async () => {
    const starting = startOfflineModelProcess({ mode: 'script', script: { turns: [{ blocks: [{ fault: '418' }] }] } });
    await expect(starting).rejects.toThrow('turns[0].blocks[0].fault');
  });
});
