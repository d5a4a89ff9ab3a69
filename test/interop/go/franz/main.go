// franz-go as one of the libraries of suite.ts.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

type record struct {
	Key     *string           `json:"key"`
	Value   string            `json:"value"`
	Headers map[string]string `json:"headers"`
}

var ask struct {
	Bootstrap, Topic, Group, Protocol, Acks, Codec, ID string
	Partitions                                         int32
	Count                                              int
	Idempotent                                         bool
	Records                                            []record
}

var ctx, cancel = context.WithTimeout(context.Background(), 120*time.Second)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var saying sync.Mutex

func say(what any) {
	saying.Lock()
	defer saying.Unlock()
	text, err := json.Marshal(what)
	must(err)
	fmt.Println(string(text))
}

func client(opts ...kgo.Opt) *kgo.Client {
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(ask.Bootstrap)}, opts...)...)
	must(err)
	return cl
}

func admin() *kadm.Client { return kadm.NewClient(client()) }

func produce(topic string, records []record, acks, codec string, idempotent bool) int {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	opts := []kgo.Opt{kgo.ProducerBatchCompression(codecs[codec]), kgo.ProducerLinger(20 * time.Millisecond)}
	switch acks {
	case "0":
		opts = append(opts, kgo.RequiredAcks(kgo.NoAck()))
	case "1":
		opts = append(opts, kgo.RequiredAcks(kgo.LeaderAck()))
	}
	if !idempotent {
		opts = append(opts, kgo.DisableIdempotentWrite())
	}
	cl := client(opts...)
	defer cl.Close()
	var batch []*kgo.Record
	for _, r := range records {
		out := &kgo.Record{Topic: topic, Value: []byte(r.Value)}
		if r.Key != nil {
			out.Key = []byte(*r.Key)
		}
		for name, value := range r.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
		}
		batch = append(batch, out)
	}
	must(cl.ProduceSync(ctx, batch...).FirstErr())
	return len(batch)
}

func consume(topic string, count int, opts ...kgo.Opt) []*kgo.Record {
	cl := client(append(opts, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	defer cl.Close()
	var read []*kgo.Record
	for len(read) < count {
		fetches := cl.PollFetches(ctx)
		must(fetches.Err0())
		read = append(read, fetches.Records()...)
	}
	return read
}

func member() {
	var mine sync.Mutex
	owned := map[int32]bool{}
	changed := func(now bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			mine.Lock()
			defer mine.Unlock()
			for _, p := range partitions[ask.Topic] {
				if now {
					owned[p] = true
				} else {
					delete(owned, p)
				}
			}
			all := []int{}
			for p := range owned {
				all = append(all, int(p))
			}
			sort.Ints(all)
			say(map[string]any{"assigned": all})
		}
	}
	opts := []kgo.Opt{
		kgo.ConsumerGroup(ask.Group), kgo.ConsumeTopics(ask.Topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(6 * time.Second),
		kgo.HeartbeatInterval(500 * time.Millisecond), kgo.RebalanceTimeout(10 * time.Second),
		kgo.OnPartitionsAssigned(changed(true)), kgo.OnPartitionsRevoked(changed(false)), kgo.OnPartitionsLost(changed(false)),
	}
	if ask.Protocol == "consumer" {
		// franz-go keeps the next-generation protocol behind this context key until it has settled
		opts = append(opts, kgo.WithContext(context.WithValue(context.Background(), "opt_in_kafka_next_gen_balancer_beta", true)))
	}
	cl := client(opts...)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	running, end := context.WithCancel(context.Background())
	go func() { <-stop; end() }()
	for running.Err() == nil {
		for _, r := range cl.PollFetches(running).Records() {
			say(map[string]any{"partition": r.Partition, "offset": r.Offset, "value": string(r.Value)})
			cl.CommitRecords(context.Background(), r) // a failure means that another member reads the record again
		}
	}
	cl.Close()
}

func administer() {
	adm, topic := admin(), ask.Topic
	value := "99999"
	answer := map[string]any{"existsError": "", "unknownError": ""}
	created, err := adm.CreateTopic(ctx, 2, 1, map[string]*string{"retention.ms": &value}, topic)
	must(err)
	answer["created"] = created.Err == nil
	if again, err := adm.CreateTopic(ctx, 2, 1, nil, topic); err != nil {
		answer["existsError"] = err.Error()
	} else if again.Err != nil {
		answer["existsError"] = again.Err.Error()
	}
	partitions := func() int {
		found, err := adm.ListTopics(ctx, topic)
		must(err)
		return len(found[topic].Partitions)
	}
	answer["partitions"] = partitions()
	grown, err := adm.UpdatePartitions(ctx, 4, topic)
	must(err)
	must(grown.Error())
	answer["partitionsAfter"] = partitions()
	value = "123456"
	altered, err := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic)
	must(err)
	must(altered[0].Err)
	configs, err := adm.DescribeTopicConfigs(ctx, topic)
	must(err)
	for _, config := range configs[0].Configs {
		if config.Key == "retention.ms" {
			answer["retentionMs"] = *config.Value
		}
	}
	same := "same"
	produce(topic, []record{{Key: &same, Value: "0"}, {Key: &same, Value: "1"}, {Key: &same, Value: "2"}, {Key: &same, Value: "3"}, {Key: &same, Value: "4"}}, "all", "none", true)
	ends, err := adm.ListEndOffsets(ctx, topic)
	must(err)
	sum := int64(0)
	ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
	answer["endOffset"] = sum
	topics, err := adm.ListTopics(ctx)
	must(err)
	answer["listsTopic"] = topics.Has(topic)
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 0, LeaderEpoch: -1})
	must(adm.CommitAllOffsets(ctx, ask.Group, offsets))
	groups, err := adm.ListGroups(ctx)
	must(err)
	_, answer["listsGroup"] = groups[ask.Group]
	_, err = adm.DeleteGroup(ctx, ask.Group)
	must(err)
	gone, err := adm.DeleteTopic(ctx, topic)
	must(err)
	answer["deleted"] = gone.Err == nil
	if absent, err := adm.DeleteTopic(ctx, topic+"-absent"); err != nil {
		answer["unknownError"] = err.Error()
	} else if absent.Err != nil {
		answer["unknownError"] = absent.Err.Error()
	}
	say(answer)
}

func transact() {
	cl := client(kgo.TransactionalID(ask.ID), kgo.RetryTimeout(15*time.Second), kgo.RecordDeliveryTimeout(20*time.Second))
	for _, step := range []struct {
		count  int
		commit bool
	}{{3, true}, {3, false}, {2, true}} {
		must(cl.BeginTransaction())
		for i := 0; i < step.count; i++ {
			tag := map[bool]string{true: "commit", false: "abort"}[step.commit]
			must(cl.ProduceSync(ctx, &kgo.Record{Topic: ask.Topic, Value: fmt.Appendf(nil, "%s%d", tag, i)}).FirstErr())
		}
		must(cl.EndTransaction(ctx, kgo.TransactionEndTry(step.commit)))
	}
	cl.Close()
	read := consume(ask.Topic, 5, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	for _, r := range read {
		if r.Value[0] == 'a' {
			must(fmt.Errorf("an aborted record was read: %s", r.Value))
		}
	}
	say(map[string]int{"committed": 5, "aborted": 3, "seen": len(read)})
}

func main() {
	defer cancel()
	must(json.Unmarshal([]byte(os.Args[2]), &ask))
	switch os.Args[1] {
	case "create":
		created, err := admin().CreateTopic(ctx, ask.Partitions, 1, nil, ask.Topic)
		must(err)
		must(created.Err)
	case "produce":
		say(map[string]int{"acked": produce(ask.Topic, ask.Records, ask.Acks, ask.Codec, ask.Idempotent)})
	case "consume":
		for _, r := range consume(ask.Topic, ask.Count) {
			headers := map[string]string{}
			for _, h := range r.Headers {
				headers[h.Key] = string(h.Value)
			}
			var key *string
			if r.Key != nil {
				text := string(r.Key)
				key = &text
			}
			say(map[string]any{"partition": r.Partition, "offset": r.Offset, "key": key, "value": string(r.Value), "headers": headers})
		}
	case "member":
		member()
	case "committed":
		offsets, err := admin().FetchOffsets(ctx, ask.Group)
		must(err)
		all := []int64{}
		offsets.Each(func(o kadm.OffsetResponse) { all = append(all, o.At) })
		say(map[string]any{"committed": all})
	case "admin":
		administer()
	case "transaction":
		transact()
	}
}
