// sarama as one of the libraries of suite.ts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"sync"
	"syscall"
	"time"

	"github.com/IBM/sarama"
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

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func value[T any](v T, err error) T {
	must(err)
	return v
}

var saying sync.Mutex

func say(what any) {
	saying.Lock()
	defer saying.Unlock()
	fmt.Println(string(value(json.Marshal(what))))
}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.MaxVersion
	c.Producer.Return.Successes = true
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	return c
}

func servers() []string { return []string{ask.Bootstrap} }

func admin() sarama.ClusterAdmin { return value(sarama.NewClusterAdmin(servers(), config())) }

func message(topic string, r record) *sarama.ProducerMessage {
	out := &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(r.Value)}
	if r.Key != nil {
		out.Key = sarama.StringEncoder(*r.Key)
	}
	for name, value := range r.Headers {
		out.Headers = append(out.Headers, sarama.RecordHeader{Key: []byte(name), Value: []byte(value)})
	}
	return out
}

func produce(topic string, records []record, acks, codec string, idempotent bool) int {
	c := config()
	must(c.Producer.Compression.UnmarshalText([]byte(codec)))
	c.Producer.RequiredAcks = map[string]sarama.RequiredAcks{"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll}[acks]
	if idempotent {
		c.Producer.Idempotent = true
		c.Net.MaxOpenRequests = 1
	}
	producer := value(sarama.NewSyncProducer(servers(), c))
	batch := []*sarama.ProducerMessage{}
	for _, r := range records {
		batch = append(batch, message(topic, r))
	}
	must(producer.SendMessages(batch))
	must(producer.Close())
	return len(batch)
}

func consume(topic string, count int, isolation sarama.IsolationLevel) []*sarama.ConsumerMessage {
	c := config()
	c.Consumer.IsolationLevel = isolation
	client := value(sarama.NewClient(servers(), c))
	consumer := value(sarama.NewConsumerFromClient(client))
	// Up to the end, not to the count: what a retry of the producer appended once more is seen, with its offset.
	ahead := map[int32]int64{}
	if isolation == sarama.ReadUncommitted {
		for _, p := range value(consumer.Partitions(topic)) {
			if end := value(client.GetOffset(topic, p, sarama.OffsetNewest)); end > 0 {
				ahead[p] = end - 1
			}
		}
	}
	read := make(chan *sarama.ConsumerMessage)
	for _, p := range value(consumer.Partitions(topic)) {
		partition := value(consumer.ConsumePartition(topic, p, sarama.OffsetOldest))
		go func() {
			for m := range partition.Messages() {
				read <- m
			}
		}()
	}
	all := []*sarama.ConsumerMessage{}
	limit := time.After(30 * time.Second)
	for len(all) < count || len(ahead) > 0 {
		select {
		case m := <-read:
			all = append(all, m)
			if last, ok := ahead[m.Partition]; ok && m.Offset >= last {
				delete(ahead, m.Partition)
			}
		case <-limit:
			must(fmt.Errorf("%d of %d records came", len(all), count))
		}
	}
	return all
}

type handler struct{}

func (handler) Setup(s sarama.ConsumerGroupSession) error {
	all := []int{}
	for _, p := range s.Claims()[ask.Topic] {
		all = append(all, int(p))
	}
	sort.Ints(all)
	say(map[string]any{"assigned": all})
	return nil
}

func (handler) Cleanup(sarama.ConsumerGroupSession) error {
	say(map[string]any{"assigned": []int{}})
	return nil
}

func (handler) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case m, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			say(map[string]any{"partition": m.Partition, "offset": m.Offset, "value": string(m.Value)})
			s.MarkMessage(m, "")
			s.Commit()
		case <-s.Context().Done():
			return nil
		}
	}
}

func member() {
	c := config()
	c.Consumer.Offsets.AutoCommit.Enable = false
	c.Consumer.Group.Session.Timeout = 6 * time.Second
	c.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	c.Consumer.Group.Rebalance.Timeout = 10 * time.Second
	group := value(sarama.NewConsumerGroup(servers(), ask.Group, c))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	running, end := context.WithCancel(context.Background())
	go func() { <-stop; end() }()
	for running.Err() == nil {
		// an application goes on when no broker could be reached
		if err := group.Consume(running, []string{ask.Topic}, handler{}); err != nil && running.Err() == nil {
			if !errors.Is(err, sarama.ErrOutOfBrokers) {
				must(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	must(group.Close())
}

func administer() {
	adm, topic := admin(), ask.Topic
	retention := "99999"
	detail := &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": &retention}}
	answer := map[string]any{"existsError": "", "unknownError": ""}
	must(adm.CreateTopic(topic, detail, false))
	answer["created"] = true
	if err := adm.CreateTopic(topic, detail, false); err != nil {
		answer["existsError"] = err.Error()
	}
	partitions := func() int { return len(value(adm.DescribeTopics([]string{topic}))[0].Partitions) }
	answer["partitions"] = partitions()
	must(adm.CreatePartitions(topic, 4, nil, false))
	answer["partitionsAfter"] = partitions()
	wanted := "123456"
	must(adm.IncrementalAlterConfig(sarama.TopicResource, topic, map[string]sarama.IncrementalAlterConfigsEntry{
		"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &wanted}}, false))
	entries := value(adm.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}}))
	answer["retentionMs"] = entries[0].Value
	same := "same"
	produce(topic, []record{{Key: &same, Value: "0"}, {Key: &same, Value: "1"}, {Key: &same, Value: "2"}, {Key: &same, Value: "3"}, {Key: &same, Value: "4"}}, "all", "none", false)
	client := value(sarama.NewClient(servers(), config()))
	sum := int64(0)
	for p := int32(0); p < 4; p++ {
		sum += value(client.GetOffset(topic, p, sarama.OffsetNewest))
	}
	answer["endOffset"] = sum
	_, answer["listsTopic"] = value(adm.ListTopics())[topic]
	offsets := value(sarama.NewOffsetManagerFromClient(ask.Group, client))
	one := value(offsets.ManagePartition(topic, 0))
	one.MarkOffset(1, "")
	offsets.Commit()
	must(one.Close())
	must(offsets.Close())
	_, answer["listsGroup"] = value(adm.ListConsumerGroups())[ask.Group]
	must(adm.DeleteConsumerGroup(ask.Group))
	must(adm.DeleteTopic(topic))
	answer["deleted"] = true
	if err := adm.DeleteTopic(topic + "-absent"); err != nil {
		answer["unknownError"] = err.Error()
	}
	say(answer)
}

func transact() {
	c := config()
	c.Producer.Idempotent = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Net.MaxOpenRequests = 1
	c.Producer.Transaction.ID = ask.ID
	c.Producer.Transaction.Retry.Max = 20
	producer := value(sarama.NewSyncProducer(servers(), c))
	for _, step := range []struct {
		count  int
		commit bool
	}{{3, true}, {3, false}, {2, true}} {
		must(producer.BeginTxn())
		for i := 0; i < step.count; i++ {
			tag := map[bool]string{true: "commit", false: "abort"}[step.commit]
			value2(producer.SendMessage(message(ask.Topic, record{Value: fmt.Sprintf("%s%d", tag, i)})))
		}
		if step.commit {
			must(producer.CommitTxn())
		} else {
			must(producer.AbortTxn())
		}
	}
	must(producer.Close())
	read := consume(ask.Topic, 5, sarama.ReadCommitted)
	for _, m := range read {
		if m.Value[0] == 'a' {
			must(errors.New("an aborted record was read"))
		}
	}
	say(map[string]int{"committed": 5, "aborted": 3, "seen": len(read)})
}

func value2(_ int32, _ int64, err error) { must(err) }

func main() {
	must(json.Unmarshal([]byte(os.Args[2]), &ask))
	switch os.Args[1] {
	case "create":
		must(admin().CreateTopic(ask.Topic, &sarama.TopicDetail{NumPartitions: ask.Partitions, ReplicationFactor: 1}, false))
	case "produce":
		say(map[string]int{"acked": produce(ask.Topic, ask.Records, ask.Acks, ask.Codec, ask.Idempotent)})
	case "consume":
		for _, m := range consume(ask.Topic, ask.Count, sarama.ReadUncommitted) {
			headers := map[string]string{}
			for _, h := range m.Headers {
				headers[string(h.Key)] = string(h.Value)
			}
			var key *string
			if m.Key != nil {
				text := string(m.Key)
				key = &text
			}
			say(map[string]any{"partition": m.Partition, "offset": m.Offset, "key": key, "value": string(m.Value), "headers": headers})
		}
	case "member":
		member()
	case "committed":
		found := value(admin().ListConsumerGroupOffsets(ask.Group, nil))
		all := []int64{}
		for _, block := range found.Blocks[ask.Topic] {
			all = append(all, block.Offset)
		}
		say(map[string]any{"committed": all})
	case "admin":
		administer()
	case "transaction":
		transact()
	}
}
